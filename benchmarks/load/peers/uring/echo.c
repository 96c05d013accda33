// What io_uring would save: the bytes echo of ../../echo.c on one ring. Multishot accept and receive into a ring of provided
// buffers, each sent from where it lies and given back then; what one turn sends and gives back goes in with the next wait.
// -p PORT, --buffers N (a power of two; 128), --size BYTES (16384). Loopback only. Linux 6.1 and later.
//   cc -O2 -o echo echo.c -luring
#define _GNU_SOURCE
#include <getopt.h>
#include <liburing.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ACCEPT = 1, SEND = 1, GROUP = 1 };
struct piece { int length, next; };
struct conn { int fd, first, last, armed, over; };

static struct io_uring ring;
static struct io_uring_buf_ring *given;
static unsigned char *memory;
static struct piece *pieces;
static int buffers = 128, size = 16384;

static void fail(const char *what, int error) {
  fprintf(stderr, "%s: %s\n", what, strerror(error));
  exit(1);
}

static struct io_uring_sqe *next(void) {
  struct io_uring_sqe *entry = io_uring_get_sqe(&ring);
  if (!entry) {
    io_uring_submit(&ring);
    if (!(entry = io_uring_get_sqe(&ring))) fail("no entry", 11);
  }
  return entry;
}

static void receive(struct conn *c) {
  struct io_uring_sqe *entry = next();
  io_uring_prep_recv_multishot(entry, c->fd, NULL, 0, 0);
  entry->flags |= IOSQE_BUFFER_SELECT;
  entry->buf_group = GROUP;
  io_uring_sqe_set_data(entry, c);
  c->armed = 1;
}

static void send_first(struct conn *c) {
  struct io_uring_sqe *entry = next();
  io_uring_prep_send(entry, c->fd, memory + (size_t)c->first * size, pieces[c->first].length, MSG_NOSIGNAL | MSG_WAITALL);
  io_uring_sqe_set_data64(entry, (uintptr_t)c | SEND);
}

static void give_back(int buffer) {
  io_uring_buf_ring_add(given, memory + (size_t)buffer * size, size, buffer, io_uring_buf_ring_mask(buffers), 0);
  io_uring_buf_ring_advance(given, 1);
}

static void drop_when_over(struct conn *c) {
  if (c->over && !c->armed && c->first < 0) {
    close(c->fd);
    free(c);
  }
}

static void on_received(struct conn *c, const struct io_uring_cqe *done) {
  c->armed = (done->flags & IORING_CQE_F_MORE) != 0;
  if (done->res > 0) {
    int buffer = done->flags >> IORING_CQE_BUFFER_SHIFT;
    pieces[buffer] = (struct piece){done->res, -1};
    if (c->first < 0) {
      c->first = c->last = buffer;
      send_first(c);
    } else {
      pieces[c->last].next = buffer;
      c->last = buffer;
    }
  } else if (done->res != -ENOBUFS) c->over = 1;
  if (!c->armed && !c->over) receive(c);
  drop_when_over(c);
}

static void on_sent(struct conn *c, int sent) {
  int buffer = c->first;
  c->over |= sent < pieces[buffer].length;
  c->first = pieces[buffer].next;
  give_back(buffer);
  if (c->first >= 0) send_first(c);
  drop_when_over(c);
}

int main(int count, char **words) {
  const struct option options[] = {{"buffers", 1, NULL, 'b'}, {"size", 1, NULL, 's'}, {0}};
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  for (int o; (o = getopt_long(count, words, "p:", options, NULL)) != -1;) {
    if (o == 'p') address.sin_port = htons(atoi(optarg));
    else if (o == 'b') buffers = atoi(optarg);
    else if (o == 's') size = atoi(optarg);
    else return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one); // its connections inherit it
  if (bind(listener, (void *)&address, sizeof address) || listen(listener, 4096)) fail("listen", errno);

  struct io_uring_params wanted = {
    .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE, .cq_entries = 16384};
  int error = io_uring_queue_init_params(4096, &ring, &wanted);
  if (error < 0) fail("io_uring_setup", -error);
  if ((error = io_uring_register_ring_fd(&ring)) < 0) fail("io_uring_register", -error);
  pieces = calloc(buffers, sizeof *pieces);
  memory = malloc((size_t)buffers * size);
  if (!pieces || !memory || posix_memalign((void **)&given, 4096, buffers * sizeof(struct io_uring_buf))) fail("memory", 12);
  struct io_uring_buf_reg group = {.ring_addr = (uintptr_t)given, .ring_entries = buffers, .bgid = GROUP};
  if ((error = io_uring_register_buf_ring(&ring, &group, 0)) < 0) fail("provided buffers", -error);
  io_uring_buf_ring_init(given);
  for (int i = 0; i < buffers; i++) give_back(i);

  struct io_uring_sqe *accepting = next();
  io_uring_prep_multishot_accept(accepting, listener, NULL, NULL, SOCK_CLOEXEC);
  io_uring_sqe_set_data64(accepting, ACCEPT);
  for (;;) {
    struct io_uring_cqe *done;
    unsigned head, seen = 0;
    if ((error = io_uring_submit_and_wait(&ring, 1)) < 0 && error != -EINTR) fail("io_uring_enter", -error);
    io_uring_for_each_cqe(&ring, head, done) {
      seen++;
      uintptr_t data = done->user_data;
      if (data == ACCEPT) {
        if (!(done->flags & IORING_CQE_F_MORE)) fail("accept", -done->res);
        struct conn *c = done->res < 0 ? NULL : malloc(sizeof *c);
        if (c) {
          *c = (struct conn){.fd = done->res, .first = -1};
          receive(c);
        }
      } else if (data & SEND) on_sent((struct conn *)(data & ~(uintptr_t)SEND), done->res);
      else on_received((struct conn *)data, done);
    }
    io_uring_cq_advance(&ring, seen);
  }
}
