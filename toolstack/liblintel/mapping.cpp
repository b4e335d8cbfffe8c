// SPDX-License-Identifier: Apache-2.0
#include "liblintel/mapping.hpp"

#include <lintel/control.h>

namespace lintel {

Mapping::~Mapping()
{
    if (device_ == nullptr)
        return;
    device_->unmap(memory_.data(), memory_.size());
    // It cannot be busy any more; were it still refused, closing the device lets go of it.
    lintel_ioctl_unmap request{offset_};
    device_->request(LINTEL_IOCTL_UNMAP, &request);
}

} // namespace lintel
