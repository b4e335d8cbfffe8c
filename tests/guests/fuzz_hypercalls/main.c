// SPDX-License-Identifier: Apache-2.0
// Random hypercalls of all vCPUs at once.
//
// Every vCPU issues hypercalls with random numbers and arguments, good, at limits, and wild, with
// interrupts on and off, while the words shared for events are scribbled on. Each result must be
// one that the ABI knows, and a failure where flags, vCPU or address cannot be right. vCPUs that
// stop or wait are started and kicked by the others. Domains are made, started and destroyed in between
// and leave nothing behind. Afterwards timer, events and another start of
// a vCPU must work. Class: any hypercall in any order (lessons: errors that leave a lock held,
// checks that miss a value).
//
// The command line `seed=N calls=N` chooses another run; the calls are shared among the vCPUs, each
// of which has a stream of its own, so that what one issues does not depend on the others.
#include "safety.h"
#include "verdict.h"

#include "domain.h"
#include "hypercall.h"
#include "reset.h"
#include "trap.h"
#include "upcall.h"

static struct stream streams[MAX_VCPUS];
static volatile uint32_t all_started;

static uint64_t option(const char* name, uint64_t otherwise)
{
    const char* at = (const char*)start_info()->command_line;
    for (; *at != '\0'; ++at) {
        const char* wanted = name;
        const char* word = at;
        for (; *wanted != '\0' && *word == *wanted; ++word)
            ++wanted;
        if (*wanted != '\0')
            continue;
        uint64_t value = 0;
        for (; *word >= '0' && *word <= '9'; ++word)
            value = value * 10 + (uint64_t)(*word - '0');
        return value;
    }
    return otherwise;
}

static bool ignore(struct frame* frame)
{
    (void)frame;
    return true;
}

static struct call choose(struct stream* stream)
{
    struct call call;
    call.number = one_in(stream, 32) ? wild(stream) : below(stream, KNOWN_CALLS + 1);
    call.row = call.number < KNOWN_CALLS && names[call.number] != NULL ? (unsigned)call.number
                                                                       : KNOWN_CALLS;
    for (unsigned i = 0; i < 5; ++i)
        call.in[i] = argument(stream, call.row < KNOWN_CALLS ? arguments[call.row][i] : WILD);
    return call;
}

static void step(struct stream* stream, unsigned vcpu)
{
    struct call call = choose(stream);
    spare_domain(&call);
    spare_console(stream, &call);
    spare_caller(stream, &call, vcpu);
    if (one_in(stream, 32))
        ((volatile uint64_t*)events)[below(stream, sizeof *events / 8)] = wild(stream);
    const bool interruptible = one_in(stream, 4);
    --stream->left;
    if (call.number == LINTEL_HC_vcpu_stop && call.in[0] == 0)
        ++stream->counts[call.row][0]; // it does not return to be counted
    if (interruptible)
        interrupts_on();
    const int64_t result = issue(&call, vcpu);
    interrupts_off();
    judge(stream, &call, result);
}

// Wakes and starts again what others have put to sleep.
static bool revive_others(void)
{
    bool all_done = true;
    for (unsigned vcpu = 1; vcpu < vcpu_count(); ++vcpu) {
        if (streams[vcpu].finished)
            continue;
        all_done = false;
        if (vcpu_state(vcpu) == LINTEL_VCPU_STOPPED)
            vcpu_start(vcpu, address_of(&starts[vcpu])); // another may have been quicker
        vcpu_kick(vcpu);
    }
    return all_done;
}

// A vCPU that was stopped begins here again and goes on where it was.
static void fuzz(void* unused)
{
    (void)unused;
    const unsigned vcpu = this_vcpu();
    struct stream* const stream = &streams[vcpu];
    const uint64_t tenth = stream->left / 10 + 1;
    wait_for(&all_started, 1);
    open_gate(vcpu);
    while (stream->left != 0) {
        step(stream, vcpu);
        if (vcpu != 0)
            continue;
        if (stream->left % 64 == 0)
            revive_others();
        if (stream->left % tenth == 0)
            print("\nfuzz: vCPU 0 has %lu calls to go", stream->left);
    }
    close_gate(vcpu);
    stream->finished = 1;
}

static void run(uint64_t seed, uint64_t calls)
{
    for (unsigned vector = 32; vector < 256; ++vector)
        on_vector(vector, take_every_port);
    on_vector(VECTOR_NMI, ignore);
    for (unsigned vcpu = 0; vcpu < vcpu_count(); ++vcpu) {
        prepare_start(vcpu);
        nmi_gates[vcpu] = CLOSED;
        begin_stream(&streams[vcpu], seed, vcpu, calls / vcpu_count());
    }
    others_run(fuzz, NULL);
    all_started = 1;
    fuzz(NULL);
    while (!revive_others())
        vcpu_yield();
    others_join();
}

static uint64_t sum(unsigned row, unsigned status)
{
    uint64_t sum = 0;
    for (unsigned vcpu = 0; vcpu < vcpu_count(); ++vcpu)
        sum += streams[vcpu].counts[row][status];
    return sum;
}

static void tell(void)
{
    print("\nfuzz: the calls, how often each succeeded, and how often it gave which status");
    for (unsigned row = 0; row < ROWS; ++row) {
        if (names[row] == NULL)
            continue;
        print("fuzz: %s: %lu", names[row], sum(row, 0));
        for (unsigned status = 1; status < STATUSES; ++status)
            if (sum(row, status) != 0)
                print("fuzz:     %ld: %lu", statuses[status], sum(row, status));
    }
}

// A page that the hypervisor itself uses meanwhile cannot come back; the others have to.
static void take_memory_back(void)
{
    unsigned busy = 0;
    for (uint64_t at = releasable; at < releasable + RELEASABLE;) {
        const int64_t taken = memory_claim(at, (releasable + RELEASABLE - at) / PAGE);
        if (taken < 0 && taken != LINTEL_EFAULT && taken != LINTEL_EBUSY)
            failure("memory_claim(%lx) gives %ld", at, taken);
        busy += taken == LINTEL_EBUSY;
        at += taken > 0 ? (uint64_t)taken * PAGE : PAGE;
    }
    print("fuzz: %u pages did not come back", busy);
    for (uint64_t at = releasable; busy == 0 && at < releasable + RELEASABLE; at += PAGE)
        *(volatile uint64_t*)at = at;
}

// Memory that dom0 has taken back page by page costs it a table still.
static uint64_t free_frames(void)
{
    return info_of_machine().free_frames + info_of(0).table_frames;
}

// Others' memory keeps them from going.
static void end_mappings(void)
{
    const uint32_t made = mappings_made < MAPPINGS ? mappings_made : MAPPINGS;
    for (uint32_t i = 0; i < made; ++i) {
        struct lintel_grant_unmap element = {mappings[i], 1};
        expect_equal(foreign_unmap(address_of(&element), 1), 1);
        expect(element.status == 0 || element.status == LINTEL_ENOENT); // ended by chance
    }
    print("fuzz: %u foreign mappings were made", mappings_made);
    expect_equal(info_of(0).mappings, 0);
}

// Domains that were made, some of them dying or crashed, leave nothing behind.
static void destroy_domains(uint64_t free_before)
{
    struct lintel_domain_info found;
    unsigned count = 0;
    for (; domain_info(1, address_of(&found), LINTEL_DOMAIN_INFO_NEXT) == 0; ++count)
        destroy_all(found.domain);
    print("fuzz: %u domains were left", count);
    expect_equal(free_frames(), free_before);
    expect_equal(info_of_machine().domains, 1);
}

static void send_to_first(void* port)
{
    expect_equal(event_send(*(const uint64_t*)port), 0);
}

static void still_serves(void)
{
    const uint64_t second = 1000000000;
    upcall_start();
    const int64_t timer = event_bind_virq(LINTEL_VIRQ_TIMER, 0);
    expect_equal(timer, 1);
    uint64_t before = upcall_count();
    expect_equal(timer_set(system_time() + second / 1000), 0);
    expect(wait_for_upcall(before, second));
    expect(port_taken((uint32_t)timer));

    static uint64_t port;
    port = (uint64_t)event_bind_ipi(0);
    before = upcall_count();
    if (vcpu_count() > 1)
        vcpu_run(1, send_to_first, &port);
    else
        send_to_first(&port);
    expect(wait_for_upcall(before, second));
    expect(port_taken((uint32_t)port));
    others_join();
}

void test(void)
{
    const uint64_t seed = option("seed=", 1), calls = option("calls=", 20000);
    check_arguments();
    releasable = find_releasable();
    if (releasable == 0)
        error("no memory to give away");
    for (unsigned i = 0; i < sizeof readable; ++i)
        readable[i] = '.';
    create = usual_domain(2, DOMAIN_FRAMES);
    const uint64_t free_before = free_frames();
    print("fuzz: seed=%lu calls=%lu, %u vCPUs", seed, calls, vcpu_count());
    run(seed, calls);
    tell();
    expect(reset());
    end_mappings();
    take_memory_back();
    destroy_domains(free_before);
    for (unsigned i = 0; i < sizeof readable; ++i)
        expect(readable[i] == '.');
    still_serves();
}
