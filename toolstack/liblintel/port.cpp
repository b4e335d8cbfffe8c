// SPDX-License-Identifier: Apache-2.0
#include "liblintel/port.hpp"

#include <lintel/control.h>

namespace lintel {
namespace {

void request(Device* device, std::uint32_t number, LocalPort port, std::uint32_t flags = 0)
{
    if (device == nullptr)
        return;
    lintel_ioctl_port argument{};
    argument.port = static_cast<std::uint32_t>(port);
    argument.flags = flags;
    device->request(number, &argument);
}

} // namespace

Port::~Port()
{
    request(device_, LINTEL_IOCTL_PORT_CLOSE, number_);
}

void Port::notify(std::uint32_t flags) const
{
    request(device_, LINTEL_IOCTL_PORT_SEND, number_, flags);
}

} // namespace lintel
