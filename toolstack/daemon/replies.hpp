// SPDX-License-Identifier: Apache-2.0
// Answers to requests that tell no more than whether it went well.
#pragma once

#include "control.pb.h"
#include "liblintel/outcome.hpp"

namespace lintel {

inline proto::Reply done()
{
    proto::Reply reply;
    reply.mutable_done();
    return reply;
}

inline proto::Reply failed(const Failure& failure)
{
    proto::Reply reply;
    reply.mutable_failure()->set_code(failure.code);
    reply.mutable_failure()->set_text(failure.text);
    return reply;
}

inline Outcome<proto::Reply> when_done(const Outcome<>& outcome)
{
    if (!outcome.ok())
        return outcome.error();
    return done();
}

} // namespace lintel
