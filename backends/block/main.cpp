// SPDX-License-Identifier: Apache-2.0
// lintel-block: one disk of one guest, on a raw image file or a block device.
#include <csignal>
#include <cstdio>

#include <CLI/CLI.hpp>

#include "block/backend.hpp"
#include "block/dom0_domain.hpp"
#include "block/offer.hpp"
#include "block/sandbox.hpp"
#include "block/status_file.hpp"
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
    int status = -1;
    int grants = -1;
    std::optional<std::uint32_t> domain;
    std::vector<std::uint64_t> dom0; // Dom0Files
    std::vector<int> loopback;
    std::uint64_t page = 0;
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
    app.add_option("--direct-from", options.shape.direct_from,
                   "bytes of a request from which on it had better be direct; without it none");
    app.add_option("--operations", options.operations, "limit a second; 0: none")
        ->capture_default_str();
    app.add_option("--bytes", options.bytes, "limit a second; 0: none")->capture_default_str();
    app.add_option("--user", options.user, "user and group that root becomes")
        ->capture_default_str();
    app.add_option("--status", options.status,
                   "inherited descriptor of a page in which statistics are kept");
    app.add_option("--grants", options.grants,
                   "inherited descriptor that stays open: what the pool is granted by");
    auto* const domain =
        app.add_option("--domain", options.domain, "number of the guest's domain; in dom0");
    auto* const dom0 =
        app.add_option("--dom0", options.dom0,
                       "inherited descriptors: /dev/lintel, then the device page's offset in it, "
                       "pool, event from the toolstack, event to it")
            ->delimiter(',')
            ->expected(5)
            ->needs(domain);
    domain->needs(dom0);
    app.add_option("--pool-lists", options.shape.pool_lists,
                   "for each queue, the reference of the list of its pool")
        ->delimiter(',')
        ->expected(1, LINTEL_DEVICE_QUEUES);
    auto* const loopback =
        app.add_option("--loopback", options.loopback,
                       "inherited descriptors of a domain without a hypervisor: memory, pool, "
                       "event to the backend, event to the guest")
            ->delimiter(',')
            ->expected(4)
            ->excludes(dom0);
    app.add_option("--page", options.page, "where in that memory the device page is")
        ->needs(loopback);
    CLI11_PARSE(app, count, words);
    options.shape.direct = !options.no_direct;
    if (options.dom0.empty() == options.loopback.empty()) {
        say("whose disk is it? Give --domain and --dom0, or --loopback");
        return 1;
    }
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

// Of both kinds of guests, once there is a domain.
template <typename Domain>
Outcome<> serve(const Options& options, Domain& domain, const Image& image, int signal_file,
                const Sandbox& sandbox)
{
    if (domain.pool().size() < options.shape.pool_bytes())
        return Failure{EINVAL, "the pool is smaller than --queues times --pool-pages"};
    const auto pools = pools_in(domain.pool(), options.shape);
    const auto wakes = domain.wake_fds();
    const auto uring = TRY(Uring::make({.image = image.fd.get(),
                                        .signals = signal_file,
                                        .wakes = wakes,
                                        .pools = pools,
                                        .flights = options.shape.flights()}));
    const auto shared = options.status >= 0 ? map_status(options.status) : SharedStatus{};
    BlockStatus own{};
    BlockStatus& status = shared ? *shared : own;
    status.bytes = image.bytes;
    status.sector_bytes = image.sector_bytes;
    Backend backend{*uring,
                    domain,
                    offer(image, options.shape),
                    Throttle{options.operations, options.bytes},
                    status.statistics,
                    say};
    TRY(drop_privileges(sandbox));
    backend.run([&](int signal) {
        if (signal == SIGUSR1)
            std::fprintf(stderr, "%s\n", json(status.statistics).c_str());
        return signal != SIGUSR1;
    });
    return {};
}

// With everything that it needs for that open, and nothing else.
Outcome<> serve(const Options& options)
{
    const auto image = TRY(Image::open(options.image));
    const auto signal_file = signals();
    std::vector<int> kept{image.fd.get(), signal_file.get()};
    for (const int file : {options.status, options.grants})
        if (file >= 0)
            kept.push_back(file);
    if (options.dom0.empty()) {
        const auto& inherited = options.loopback;
        kept.insert(kept.end(), inherited.begin(), inherited.end());
        const Sandbox sandbox{.files = kept, .user = options.user};
        TRY(close_other_files(sandbox));
        const client::LoopbackFiles files{UniqueFd{inherited[0]}, UniqueFd{inherited[1]},
                                          UniqueFd{inherited[2]}, UniqueFd{inherited[3]}};
        auto domain = TRY(client::LoopbackDomain::open(files, options.page));
        return serve(options, domain, image, signal_file.get(), sandbox);
    }
    const auto fd = [&](std::size_t i) { return static_cast<int>(options.dom0[i]); };
    const Dom0Files files{fd(0), options.dom0[1], fd(2), fd(3), fd(4)};
    kept.insert(kept.end(), {files.device, files.pool, files.wake, files.tell});
    const Sandbox sandbox{.files = kept, .user = options.user, .device = files.device};
    TRY(close_other_files(sandbox));
    auto domain = TRY(Dom0Domain::open(DomainId{*options.domain}, files));
    return serve(options, domain, image, signal_file.get(), sandbox);
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
