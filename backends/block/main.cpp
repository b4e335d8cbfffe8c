// SPDX-License-Identifier: Apache-2.0
// lintel-block: one disk of one guest, on a raw image file or a block device.
#include <csignal>
#include <cstdio>

#include <CLI/CLI.hpp>

#include "block/backend.hpp"
#include "block/offer.hpp"
#include "block/sandbox.hpp"
#include "block/uring.hpp"
#include "client/loopback_domain.hpp"

namespace lintel::block {
namespace {

struct Options {
    ImageOptions image;
    Shape shape;
    bool no_direct = false;
    std::uint64_t operations = 0;
    std::uint64_t bytes = 0;
    unsigned user = 65534; // nobody
    std::vector<int> loopback;
};

void say(std::string_view text)
{
    std::fprintf(stderr, "lintel-block: %.*s\n", static_cast<int>(text.size()), text.data());
}

std::optional<int> parse(int count, char** words, Options& options)
{
    CLI::App app{
        "Serves one disk to one guest, until SIGTERM. SIGUSR1 prints statistics, one line of JSON.",
        "lintel-block"};
    app.add_option("image", options.image.path, "raw image file, or block device")->required();
    app.add_flag("--read-only", options.image.read_only, "the guest cannot write");
    app.add_option("--sector", options.image.sector_bytes,
                   "bytes of a sector; without it the least that the image allows")
        ->check(CLI::IsMember({512, 4096}));
    app.add_option("--queues", options.shape.queues, "most queues that the guest may use")
        ->check(CLI::Range(1u, LINTEL_DEVICE_QUEUES))
        ->capture_default_str();
    app.add_option("--ring-order", options.shape.ring_order, "a ring has at most 2^N slots")
        ->check(CLI::Range(0u, LINTEL_BLOCK_RING_ORDER))
        ->capture_default_str();
    app.add_option("--pool-pages", options.shape.pool_pages, "of each queue")
        ->check(CLI::Range(1u, LINTEL_BLOCK_POOL_PAGES))
        ->capture_default_str();
    app.add_flag("--no-direct", options.no_direct, "all data through the pool");
    app.add_option("--operations", options.operations, "limit a second; 0: none")
        ->capture_default_str();
    app.add_option("--bytes", options.bytes, "limit a second; 0: none")->capture_default_str();
    app.add_option("--user", options.user, "user and group that root becomes")
        ->capture_default_str();
    app.add_option("--loopback", options.loopback,
                   "inherited descriptors of a domain without a hypervisor: memory, pool, event "
                   "to the backend, event to the guest")
        ->required()
        ->delimiter(',')
        ->expected(4);
    CLI11_PARSE(app, count, words);
    options.shape.direct = !options.no_direct;
    return std::nullopt;
}

UniqueFd signals()
{
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGUSR1})
        sigaddset(&set, signal);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    return UniqueFd{::signalfd(-1, &set, SFD_CLOEXEC)};
}

std::vector<iovec> pools_in(std::span<std::byte> memory, const Shape& shape)
{
    std::vector<iovec> pools;
    const std::size_t bytes = std::size_t{shape.pool_pages} * page_bytes;
    for (std::uint32_t i = 0; i < shape.queues; i++)
        pools.push_back({memory.data() + i * bytes, bytes});
    return pools;
}

Outcome<> serve(const Options& options)
{
    const auto& inherited = options.loopback;
    client::LoopbackFiles files{UniqueFd{inherited[0]}, UniqueFd{inherited[1]},
                                UniqueFd{inherited[2]}, UniqueFd{inherited[3]}};
    const auto image = TRY(Image::open(options.image));
    const auto signal_file = signals();
    const std::vector<int> kept{inherited[0], inherited[1],   inherited[2],
                                inherited[3], image.fd.get(), signal_file.get()};
    const Sandbox sandbox{.files = kept, .user = options.user};
    TRY(close_other_files(sandbox));
    auto domain = TRY(client::LoopbackDomain::open(files));
    if (domain.pool().size() < options.shape.pool_bytes())
        return Failure{EINVAL, "the pool is smaller than --queues times --pool-pages"};
    const auto pools = pools_in(domain.pool(), options.shape);
    const auto uring = TRY(Uring::make({.image = image.fd.get(),
                                        .wake = domain.wake_fd(),
                                        .signals = signal_file.get(),
                                        .pools = pools,
                                        .flights = options.shape.flights()}));
    Backend backend{*uring, domain, offer(image, options.shape),
                    Throttle{options.operations, options.bytes}, say};
    TRY(drop_privileges(sandbox));
    backend.run([&](int signal) {
        if (signal == SIGUSR1)
            std::fprintf(stderr, "%s\n", json(backend.statistics()).c_str());
        return signal != SIGUSR1;
    });
    return {};
}

} // namespace
} // namespace lintel::block

int main(int count, char** words)
{
    lintel::block::Options options;
    if (const auto status = lintel::block::parse(count, words, options))
        return *status;
    const auto served = lintel::block::serve(options);
    if (served.ok())
        return 0;
    lintel::block::say(served.error().text);
    return 1;
}
