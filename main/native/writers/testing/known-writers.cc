// Writes known pages by known functions of known threads: page i of `world` always by writer i % 4, each of which is called
// through its own caller by a thread of its own. Prints the address of `world` and the thread ids; reads commands, one a line:
// `run N` writes N rounds in all threads and prints `done`.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

constexpr long kPages = 64;
constexpr long kPage = 4096;
constexpr int kThreads = 4;

volatile char *world;
alignas(4096) volatile char g_world[16 * 4096];

namespace game {
__attribute__((noinline)) void move_player(long page) { world[page * kPage + 8] = 1; }
__attribute__((noinline)) void stream_audio(long page) { world[page * kPage + 16] = 2; }
struct Physics {
	__attribute__((noinline)) static void step(long page) { world[page * kPage + 24] = 3; }
};
// Inlined into its caller.
__attribute__((always_inline)) static inline void set_particle(long page) { world[page * kPage + 32] = 4; }
__attribute__((noinline)) void update_particles(long page)
{
	set_particle(page);
	asm volatile("");
}
}

static pthread_barrier_t begin, end;
static long rounds;
static pid_t tids[kThreads];

template <typename F> __attribute__((noinline)) void for_pages(int index, F writer)
{
	for (long page = index; page < kPages; page += kThreads) {
		writer(page);
		asm volatile("");
	}
}

static void *thread(void *argument)
{
	int index = static_cast<int>(reinterpret_cast<long>(argument));
	tids[index] = gettid();
	pthread_barrier_wait(&end);
	for (;;) {
		pthread_barrier_wait(&begin);
		for (long i = 0; i < rounds; i++) {
			switch (index) {
			case 0: for_pages(0, game::move_player); break;
			case 1: for_pages(1, game::stream_audio); break;
			case 2: for_pages(2, game::Physics::step); break;
			default: for_pages(3, game::update_particles); break;
			}
			if (i % 16 == 0)
				usleep(500);
		}
		pthread_barrier_wait(&end);
	}
	return nullptr;
}

int main()
{
	world = static_cast<volatile char *>(
		mmap(nullptr, kPages * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	memset(const_cast<char *>(world), 0, kPages * kPage);
	memset(const_cast<char *>(g_world), 0, sizeof g_world);
	pthread_barrier_init(&begin, nullptr, kThreads + 1);
	pthread_barrier_init(&end, nullptr, kThreads + 1);
	for (long i = 0; i < kThreads; i++) {
		pthread_t id;
		pthread_create(&id, nullptr, thread, reinterpret_cast<void *>(i));
	}
	pthread_barrier_wait(&end);
	printf("%p %d %d %d %d\n", const_cast<char *>(world), tids[0], tids[1], tids[2], tids[3]);
	fflush(stdout);
	char line[64];
	while (fgets(line, sizeof line, stdin)) {
		if (sscanf(line, "run %ld", &rounds) == 1) {
			pthread_barrier_wait(&begin);
			pthread_barrier_wait(&end);
			puts("done");
		} else if (strncmp(line, "global", 6) == 0) {
			for (long i = 0; i < 16; i++)
				g_world[i * kPage] = 5;
			puts("done");
		}
		fflush(stdout);
	}
	return 0;
}
