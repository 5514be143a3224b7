/* Answers every request a fixed time after its last byte reached this machine, and knows how long it really took.
 *
 *     delayd DELAY_US      prints its port; ends when standard input does
 *
 * The moment of arrival is the kernel's stamp, so a request that waits unread counts from when it came. GET /truth
 * answers at once with what was true since the last GET /truth: count, and percentiles in microseconds.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { MOST_FILES = 65536, ROOM = 4096, QUEUE = 1 << 20, KEPT = 1 << 22 };

struct connection { char *text; int size; uint32_t life; };
struct due { int fd; uint32_t life; int64_t came_ns; };

static struct connection connections[MOST_FILES];
static struct due queue[QUEUE];
static uint32_t took_us[KEPT], first_due, last_due, took;
static int64_t delay_ns;
static int timer, epoll;
static char answer[2048];
static int answer_size;

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void set_timer(void) {
    int64_t at = queue[first_due % QUEUE].came_ns + delay_ns;
    struct itimerspec when = {.it_value = {at / 1000000000LL, at % 1000000000LL}};
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static void answer_what_is_due(void) {
    uint64_t rings;
    if (read(timer, &rings, sizeof rings) < 0 && errno != EAGAIN) exit(1);
    while (first_due != last_due) {
        struct due *due = &queue[first_due % QUEUE];
        int64_t now = now_ns();
        if (due->came_ns + delay_ns > now) { set_timer(); return; }
        first_due++;
        if (connections[due->fd].life != due->life) continue; /* it has closed meanwhile */
        send(due->fd, answer, answer_size, MSG_NOSIGNAL);
        if (took < KEPT) took_us[took++] = (now - due->came_ns) / 1000;
    }
}

static int by_size(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static uint32_t percentile(double p) {
    return took ? took_us[(uint32_t)(p / 100 * (took - 1) + 0.5)] : 0;
}

static void tell_truth(int fd) {
    char body[256], text[512];
    qsort(took_us, took, sizeof *took_us, by_size);
    int size = snprintf(body, sizeof body, "{\"count\": %u, \"p50_us\": %u, \"p99_us\": %u, \"max_us\": %u}",
                        took, percentile(50), percentile(99), percentile(100));
    took = 0;
    size = snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", size, body);
    send(fd, text, size, MSG_NOSIGNAL);
}

static void leave(int fd) {
    connections[fd].life++;
    connections[fd].size = 0;
    close(fd);
}

static int64_t stamp(struct msghdr *message) {
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
            struct timespec at;
            memcpy(&at, CMSG_DATA(c), sizeof at);
            return at.tv_sec * 1000000000LL + at.tv_nsec;
        }
    return now_ns();
}

static int length_of_request(struct connection *it) { /* 0: not whole yet */
    char *end = memmem(it->text, it->size, "\r\n\r\n", 4);
    if (!end) return 0;
    int head = end + 4 - it->text, body = 0;
    *end = 0;
    char *field = strcasestr(it->text, "\r\ncontent-length:");
    if (field) body = atoi(field + 17);
    *end = '\r';
    return it->size >= head + body ? head + body : 0;
}

static void hear(int fd) {
    struct connection *it = &connections[fd];
    char control[128];
    struct iovec place = {it->text + it->size, ROOM - 1 - it->size};
    struct msghdr message = {.msg_iov = &place, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t size = recvmsg(fd, &message, 0);
    if (size <= 0) {
        if (size == 0 || errno != EAGAIN) leave(fd);
        return;
    }
    it->size += size;
    it->text[it->size] = 0;
    int length = length_of_request(it);
    if (!length) return;
    int asks = !strncmp(it->text, "GET /truth", 10);
    memmove(it->text, it->text + length, it->size - length);
    it->size -= length;
    if (asks) { tell_truth(fd); return; }
    queue[last_due % QUEUE] = (struct due){fd, it->life, stamp(&message)};
    if (first_due == last_due++) set_timer();
}

static void welcome(int door) {
    int fd, one = 1;
    while ((fd = accept4(door, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        if (fd >= MOST_FILES) { close(fd); continue; }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one);
        if (!connections[fd].text) connections[fd].text = malloc(ROOM);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    }
}

int main(int count, char **words) {
    delay_ns = (count > 1 ? atoll(words[1]) : 20000) * 1000;
    char body[1200];
    snprintf(body, sizeof body, "{\"access_token\": \"%0700d\", \"token_type\": \"Bearer\", \"expires_in\": 900, "
             "\"refresh_token\": \"%0250d\"}", 0, 0);
    answer_size = snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                           "Content-Length: %zu\r\n\r\n%s", strlen(body), body);
    int door = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof here;
    if (bind(door, (void *)&here, size) || listen(door, 8192) || getsockname(door, (void *)&here, &size)) return 1;
    epoll = epoll_create1(0);
    timer = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK);
    int mine[] = {door, timer, 0};
    for (int i = 0; i < 3; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = mine[i]};
        epoll_ctl(epoll, EPOLL_CTL_ADD, mine[i], &event);
    }
    printf("%d\n", ntohs(here.sin_port));
    fflush(stdout);
    for (;;) {
        struct epoll_event events[256];
        int ready = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            if (fd == 0) return 0;
            if (fd == door) welcome(door);
            else if (fd != timer) hear(fd);
            answer_what_is_due();
        }
    }
}
