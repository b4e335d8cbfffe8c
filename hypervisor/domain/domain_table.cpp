// SPDX-License-Identifier: Apache-2.0
// The one table.
#include "domain/domain_table.hpp"

namespace lintel {

DomainTable<Domain>& domains()
{
    static constinit DomainTable<Domain> table;
    return table;
}

} // namespace lintel
