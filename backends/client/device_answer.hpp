// SPDX-License-Identifier: Apache-2.0
// Whether a frontend's answer fits a backend's offer. Contract:
// docs/abi/devices.md#the-device-page.
#pragma once

#include <cstdint>
#include <string_view>

#include <lintel/device.h>
#include <lintel/ring.h>

namespace lintel::client {

// What is wrong with it, for people; nothing if it is possible. `answer` is a private copy. Ports
// and grants show whether they are good when they are bound and mapped.
inline std::string_view complaint(const lintel_device& offer, const lintel_device& answer)
{
    if ((answer.chosen_features & ~offer.features) != 0)
        return "the frontend chose features that were not offered";
    if (answer.chosen_queues == 0 || answer.chosen_queues > offer.queues ||
        answer.chosen_queues > LINTEL_DEVICE_QUEUES)
        return "the frontend chose a number of queues that was not offered";
    for (std::uint32_t i = 0; i < answer.chosen_queues; i++)
        if (answer.queue[i].ring_order > offer.ring_order ||
            answer.queue[i].ring_order >= LINTEL_RING_ORDERS)
            return "the frontend chose rings that are larger than was offered";
    return {};
}

} // namespace lintel::client
