// SPDX-License-Identifier: Apache-2.0
// One run of one ring (the header RING): two threads on two CPUs, one line of JSON. The exit status
// is not 0 when a word was wrong or a thread was not where it belongs. Options come from runs.py;
// nobody types them. With CPUs of -1 nothing is timed: that is a test of the ring, wherever its
// threads happen to run.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include RING

#define TIME_LIMIT 20 /* seconds */
#define LINE_PASSES 2000

static struct {
    ALONE unsigned size, outstanding, batch;
    uint64_t warm_up, operations; /* the former come first and are not counted */
} option;

// What a thread found out about itself. Nothing of it is written while the other one measures.
struct end {
    ALONE int cpu;
    int bell;       // an eventfd
    uint64_t woken; // notifications that the other end sent here
    long preempted; // involuntary context switches while it measured
    bool first;     // it has a real-time priority
    bool stayed;    // on its CPU
    pthread_t thread;
};

static struct end client_end, server_end;
static pthread_barrier_t start;
static double seconds, line_seconds;
static uint64_t notifications;

static void ring_bell(struct end *end)
{
    uint64_t one = 1;

    __atomic_fetch_add(&end->woken, 1, __ATOMIC_RELAXED);
    require(write(end->bell, &one, sizeof one) == sizeof one, "no notification");
}

static void wake_server(void)
{
    ring_bell(&server_end);
}

static void wake_client(void)
{
    ring_bell(&client_end);
}

static void wait_for_bell(struct end *end)
{
    uint64_t count;

    require(read(end->bell, &count, sizeof count) == sizeof count, "no notification");
}

// No PAUSE: it makes an end look seldom, and every ring's requests gather meanwhile.
static inline void relax(void)
{
    __asm__ volatile("" ::: "memory");
}

static struct {
    ALONE uint64_t submitted;
    uint64_t completed;
} done;

static inline unsigned submit_batch(uint64_t until)
{
    unsigned put = 0;

    while (put < option.batch && done.submitted < until &&
           done.submitted - done.completed < option.outstanding) {
        struct request request = {address_of(done.submitted), length_of(done.submitted)};

        if (!client_submit(&request))
            break;
        done.submitted++;
        put++;
    }
    if (put > 0)
        client_publish();
    return put;
}

static inline unsigned reap_batch(void)
{
    struct completion completion;
    unsigned got = 0;

    while (got < option.batch && client_reap(&completion)) {
        require(completion.address == address_of(done.completed) &&
                    completion.result == length_of(done.completed) - 1,
                "the client got another completion");
        done.completed++;
        got++;
    }
    if (got > 0)
        client_reaped();
    return got;
}

// What one line costs from one CPU to the other: decides most of what a ring does, and depends on
// which two CPUs these really are.
static struct {
    ALONE uint32_t turn;
} line;

static void pass_line(uint32_t first)
{
    if (client_end.cpu < 0)
        return;
    for (uint32_t turn = first; turn < 2 * LINE_PASSES; turn += 2) {
        while (__atomic_load_n(&line.turn, __ATOMIC_ACQUIRE) != turn)
            relax();
        __atomic_store_n(&line.turn, turn + 1, __ATOMIC_RELEASE);
    }
}

static void run_client(uint64_t until)
{
    while (done.completed < until) {
        unsigned put = submit_batch(until), got = reap_batch();

        if (put > 0 || got > 0)
            continue;
        if (mode != MODE_SLEEP)
            relax();
        else if (client_await())
            wait_for_bell(&client_end);
    }
}

static void run_server(uint64_t until)
{
    while (served.count < until) {
        unsigned batch = 0;

        while (batch < option.batch && server_serve())
            batch++;
        if (batch > 0)
            server_publish();
        else if (mode != MODE_SLEEP)
            relax();
        else if (server_await())
            wait_for_bell(&server_end);
    }
}

static void pin(int cpu)
{
    cpu_set_t set;

    if (cpu < 0)
        return;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    require(sched_setaffinity(0, sizeof set, &set) == 0, "no such CPU");
}

// Keeps programs that have nothing to do with it off the CPU, where the system allows that.
static bool go_first(int cpu)
{
    struct sched_param priority = {.sched_priority = 1};

    return cpu >= 0 && sched_setscheduler(0, SCHED_FIFO, &priority) == 0;
}

static long preemptions(void)
{
    struct rusage usage;

    require(getrusage(RUSAGE_THREAD, &usage) == 0, "no counters");
    return usage.ru_nivcsw;
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static uint64_t notifications_sent(void)
{
    return __atomic_load_n(&client_end.woken, __ATOMIC_RELAXED) +
           __atomic_load_n(&server_end.woken, __ATOMIC_RELAXED);
}

static void *client_thread(void *unused)
{
    uint64_t woken;
    double begin;
    long before;

    pin(client_end.cpu);
    client_end.first = go_first(client_end.cpu);
    pthread_barrier_wait(&start);
    begin = now();
    pass_line(0);
    line_seconds = (now() - begin) / (2 * LINE_PASSES);
    run_client(option.warm_up);
    before = preemptions();
    woken = notifications_sent();
    begin = now();
    run_client(option.warm_up + option.operations);
    seconds = now() - begin;
    client_end.preempted = preemptions() - before;
    notifications = notifications_sent() - woken;
    client_end.stayed = client_end.cpu < 0 || sched_getcpu() == client_end.cpu;
    return unused;
}

static void *server_thread(void *unused)
{
    long before;

    pin(server_end.cpu);
    server_end.first = go_first(server_end.cpu);
    pthread_barrier_wait(&start);
    pass_line(1);
    before = preemptions();
    run_server(option.warm_up + option.operations);
    server_end.preempted = preemptions() - before;
    server_end.stayed = server_end.cpu < 0 || sched_getcpu() == server_end.cpu;
    return unused;
}

static void run(void)
{
    alarm(TIME_LIMIT);
    ring_create(option.size);
    client_end.bell = eventfd(0, 0);
    server_end.bell = eventfd(0, 0);
    require(client_end.bell >= 0 && server_end.bell >= 0, "no eventfd");
    pthread_barrier_init(&start, NULL, 2);
    require(pthread_create(&server_end.thread, NULL, server_thread, NULL) == 0, "no thread");
    require(pthread_create(&client_end.thread, NULL, client_thread, NULL) == 0, "no thread");
    pthread_join(client_end.thread, NULL);
    pthread_join(server_end.thread, NULL);
    require(client_end.stayed && server_end.stayed, "a thread left its CPU");
}

int main(int count, char **word)
{
    require(count == 9,
            "options: MODE SIZE OUTSTANDING BATCH WARM-UP OPERATIONS CLIENT-CPU SERVER-CPU");
    mode = (enum mode)atoi(word[1]);
    option.size = (unsigned)atoi(word[2]);
    option.outstanding = (unsigned)atoi(word[3]);
    option.batch = (unsigned)atoi(word[4]);
    option.warm_up = strtoull(word[5], NULL, 0);
    option.operations = strtoull(word[6], NULL, 0);
    client_end.cpu = atoi(word[7]);
    server_end.cpu = atoi(word[8]);
    run();
    printf("{\"seconds\": %.9f, \"line_seconds\": %.9f, \"notifications\": %llu, \"preempted\": "
           "%ld, \"realtime\": %s}\n",
           seconds, line_seconds, (unsigned long long)notifications,
           client_end.preempted + server_end.preempted,
           client_end.first && server_end.first ? "true" : "false");
    return 0;
}
