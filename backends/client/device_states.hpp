// SPDX-License-Identifier: Apache-2.0
// Which state comes next, for either side: the tables of docs/abi/devices.md#states as functions of
// what a side knows. What is to be done before the state is stored is the caller's; it asks again
// after each event.
#pragma once

#include "client/device_page.hpp"

namespace lintel::client {

struct BackendView {
    DeviceState own;
    DeviceState frontend; // DevicePage::frontend_state() with the own generation
    bool possible =
        true; // what a READY frontend says can be done: complaint() has none, all could be mapped
    bool spoilt = false; // the frontend broke the protocol since
    bool removed = false;
    bool stop = false;     // the backend itself is to stop
    bool finished = false; // all that was submitted is completed
    bool overdue = false;  // the time for closing is over
    bool retry = false;    // the time after a failure is over
};

constexpr DeviceState next_backend_state(const BackendView& view)
{
    using enum DeviceState;
    const bool gone = view.frontend == failed || view.frontend == absent;
    switch (view.own) {
    case absent:
        return view.removed || view.stop ? absent : ready;
    case ready:
        if (view.frontend == failed || view.frontend == closing || view.stop)
            return absent;
        if (view.frontend == ready)
            return view.possible ? connected : failed;
        return view.removed ? absent : ready;
    case connected:
        if (view.spoilt)
            return failed;
        if (gone || view.overdue)
            return absent;
        return view.frontend == closing || view.stop ? closing : connected;
    case closing:
        if (view.spoilt)
            return failed;
        return gone || view.overdue || view.finished ? absent : closing;
    case failed:
        return gone || view.retry ? absent : failed;
    }
    return failed;
}

struct FrontendView {
    DeviceState own;
    DeviceState backend;
    bool same;           // the backend's generation is the one that was answered last
    bool spoilt = false; // the backend broke the protocol
    bool removed = false;
    bool stop = false;    // the driver is to stop
    bool overdue = false; // the time for closing is over
};

constexpr DeviceState next_frontend_state(const FrontendView& view)
{
    using enum DeviceState;
    if (view.own == absent || view.own == failed) {
        const bool offered = view.backend == ready && !view.same;
        return offered && !view.removed && !view.stop ? ready : view.own;
    }
    if (!view.same || view.backend == absent || view.backend == failed)
        return absent;
    if (view.spoilt || (view.own == closing && view.overdue))
        return failed;
    if (view.own == closing || view.removed || view.stop || view.backend == closing)
        return closing;
    return view.backend == connected ? connected : view.own;
}

} // namespace lintel::client
