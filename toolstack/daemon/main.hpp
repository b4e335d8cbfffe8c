// SPDX-License-Identifier: Apache-2.0
// linteld(8).
#pragma once

namespace lintel {

int linteld_main(int argc, char** argv);

} // namespace lintel
