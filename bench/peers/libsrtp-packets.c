/* SRTP packets in libsrtp, protected and unprotected in one thread.
 *
 * The packets, keys and checks are those of bench/lib/serve-srtp.mjs, byte for byte, and so is the talk: lines on
 * standard input, one line of JSON on standard output for each:
 *   about                                       version and profiles
 *   open CALL PROFILE PAYLOAD SESSIONS SSRCS    new sessions; one tick of packets goes through them and is checked;
 *                                               the answer is a sum over its protected bytes
 *   run CALL SECONDS                            ticks for about so long; packets and the time they took
 * CALL is "single": libsrtp works on one packet at a time, in place.
 * Any failure ends the program with a sentence on standard error and exit code 1. */
#include <srtp2/srtp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { HEADER_LENGTH = 12, PAYLOAD_TYPE = 96, TICK = 256, WINDOW = 128 };

static void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  exit(1);
}

static void *reserve(size_t count, size_t size) {
  void *memory = calloc(count, size);
  if (memory == NULL) fail("no memory");
  return memory;
}

static void expect(srtp_err_status_t status, const char *what) {
  if (status != srtp_err_status_ok) fail("%s failed with status %d", what, (int)status);
}

static double seconds_of(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* ---- Profiles ---- */

typedef struct {
  const char *name;
  void (*set)(srtp_crypto_policy_t *);
  size_t key_length, salt_length;
} profile;

static const profile PROFILES[] = {
    {"SRTP_AES128_CM_SHA1_80", srtp_crypto_policy_set_rtp_default, 16, 14},
    {"SRTP_AES128_CM_SHA1_32", srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32, 16, 14},
    {"SRTP_AEAD_AES_128_GCM", srtp_crypto_policy_set_aes_gcm_128_16_auth, 16, 12},
    {"SRTP_AEAD_AES_256_GCM", srtp_crypto_policy_set_aes_gcm_256_16_auth, 32, 12},
    {"AES_256_CM_HMAC_SHA1_80", srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80, 32, 14},
};
enum { PROFILE_COUNT = sizeof PROFILES / sizeof PROFILES[0] };

static srtp_t session_make(const profile *chosen, unsigned number, srtp_ssrc_type_t direction) {
  unsigned char key[SRTP_MAX_KEY_LEN];
  srtp_policy_t policy;
  srtp_t session;
  for (size_t i = 0; i < chosen->key_length; i++) key[i] = (unsigned char)i;
  key[0] = (unsigned char)(number >> 8);
  key[1] = (unsigned char)number;
  for (size_t i = 0; i < chosen->salt_length; i++) key[chosen->key_length + i] = (unsigned char)(0xa0 + i);
  memset(&policy, 0, sizeof policy);
  chosen->set(&policy.rtp);
  chosen->set(&policy.rtcp);
  policy.ssrc.type = direction;
  policy.key = key;
  policy.window_size = WINDOW;
  expect(srtp_create(&session, &policy), "srtp_create");
  return session;
}

/* ---- One kind of work ---- */

typedef struct {
  unsigned sessions, streams, count;
  int length;
  size_t stride;
  srtp_t *senders, *receivers;
  unsigned char *built;  /* the packets as they were built */
  unsigned char *copied; /* worked on in place */
  int *lengths;
  unsigned long sent;
} bench;

static void put_32(unsigned char *at, unsigned value) {
  at[0] = (unsigned char)(value >> 24);
  at[1] = (unsigned char)(value >> 16);
  at[2] = (unsigned char)(value >> 8);
  at[3] = (unsigned char)value;
}

static void bench_open(bench *made, const profile *chosen, int payload, unsigned sessions, unsigned ssrcs) {
  made->sessions = sessions;
  made->streams = sessions * ssrcs;
  made->count = made->streams > TICK ? made->streams : TICK;
  made->length = HEADER_LENGTH + payload;
  /* An odd number of cache lines from packet to packet, or they would all fall on the same few sets of the cache. */
  made->stride = ((((size_t)made->length + SRTP_MAX_TRAILER_LEN + 63) >> 6) | 1) << 6;
  made->senders = reserve(sessions, sizeof(srtp_t));
  made->receivers = reserve(sessions, sizeof(srtp_t));
  for (unsigned i = 0; i < sessions; i++) {
    made->senders[i] = session_make(chosen, i, ssrc_any_outbound);
    made->receivers[i] = session_make(chosen, i, ssrc_any_inbound);
  }
  made->built = reserve(made->count, made->stride);
  made->copied = reserve(made->count, made->stride);
  made->lengths = reserve(made->count, sizeof(int));
  made->sent = 0;
  for (unsigned i = 0; i < made->count; i++) {
    unsigned char *packet = made->built + i * made->stride;
    packet[0] = 0x80;
    packet[1] = PAYLOAD_TYPE;
    for (int j = 0; j < payload; j++) packet[HEADER_LENGTH + j] = (unsigned char)(7 * j + 3);
  }
}

static void build(bench *b) {
  for (unsigned i = 0; i < b->count; i++) {
    unsigned char *packet = b->built + i * b->stride;
    unsigned stream = (unsigned)(b->sent % b->streams), number = (unsigned)(b->sent / b->streams);
    packet[2] = (unsigned char)(number >> 8);
    packet[3] = (unsigned char)number;
    put_32(packet + 4, number * 160);
    put_32(packet + 8, (stream + 1) * 0x9e3779b1u); /* as far apart as the random numbers that SSRCs are */
    memcpy(b->copied + i * b->stride, packet, (size_t)b->length);
    b->lengths[i] = b->length;
    b->sent++;
  }
}

static void protect(bench *b) {
  unsigned session = 0;
  for (unsigned i = 0; i < b->count; i++) {
    srtp_err_status_t status = srtp_protect(b->senders[session], b->copied + i * b->stride, &b->lengths[i]);
    if (status != srtp_err_status_ok) expect(status, "srtp_protect");
    if (++session == b->sessions) session = 0;
  }
}

static void unprotect(bench *b) {
  unsigned session = 0;
  for (unsigned i = 0; i < b->count; i++) {
    srtp_err_status_t status = srtp_unprotect(b->receivers[session], b->copied + i * b->stride, &b->lengths[i]);
    if (status != srtp_err_status_ok) expect(status, "srtp_unprotect");
    if (++session == b->sessions) session = 0;
  }
}

static void check(const bench *b) {
  for (unsigned i = 0; i < b->count; i++) {
    if (b->lengths[i] != b->length || memcmp(b->copied + i * b->stride, b->built + i * b->stride, (size_t)b->length) != 0)
      fail("packet %u of a tick of %u did not come out as it went in", i, b->count);
  }
}

/* A sum (FNV-1a) over the protected bytes of a tick, which says whether two stacks do the same work. */
static unsigned first(bench *b) {
  unsigned sum = 0x811c9dc5u;
  build(b);
  protect(b);
  for (unsigned i = 0; i < b->count; i++) {
    for (int j = 0; j < b->lengths[i]; j++) sum = (sum ^ b->copied[i * b->stride + (size_t)j]) * 0x01000193u;
  }
  unsigned char *forged = reserve(1, b->stride);
  int length = b->lengths[0];
  memcpy(forged, b->copied, (size_t)length);
  forged[20] ^= 1;
  if (srtp_unprotect(b->receivers[0], forged, &length) == srtp_err_status_ok) fail("a forged packet was taken");
  free(forged);
  unprotect(b);
  check(b);
  return sum;
}

typedef struct {
  double seconds, cpu_seconds;
} timing;

static void timed(timing *sum, void (*work)(bench *), bench *b) {
  double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID), wall = seconds_of(CLOCK_MONOTONIC);
  work(b);
  sum->seconds += seconds_of(CLOCK_MONOTONIC) - wall;
  sum->cpu_seconds += seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
}

static void run(bench *b, double seconds) {
  timing protecting = {0, 0}, unprotecting = {0, 0};
  unsigned long packets = 0;
  double end = seconds_of(CLOCK_MONOTONIC) + seconds;
  do {
    build(b);
    timed(&protecting, protect, b);
    timed(&unprotecting, unprotect, b);
    check(b);
    packets += b->count;
  } while (seconds_of(CLOCK_MONOTONIC) < end);
  printf("{\"packets\":%lu,\"protect\":{\"seconds\":%.9f,\"cpuSeconds\":%.9f},\"unprotect\":{\"seconds\":%.9f,\"cpuSeconds\":%.9f}}\n",
         packets, protecting.seconds, protecting.cpu_seconds, unprotecting.seconds, unprotecting.cpu_seconds);
}

/* ---- The talk ---- */

static void about(void) {
  printf("{\"version\":\"%s\",\"profiles\":[", srtp_get_version_string());
  for (int i = 0; i < PROFILE_COUNT; i++) printf("%s\"%s\"", i == 0 ? "" : ",", PROFILES[i].name);
  printf("]}\n");
}

static const profile *profile_named(const char *name) {
  for (int i = 0; i < PROFILE_COUNT; i++) {
    if (strcmp(PROFILES[i].name, name) == 0) return &PROFILES[i];
  }
  fail("no such profile: %s", name);
  return NULL;
}

int main(void) {
  static bench opened;
  char line[160];
  expect(srtp_init(), "srtp_init");
  while (fgets(line, sizeof line, stdin) != NULL) {
    char name[64];
    int payload;
    unsigned sessions, ssrcs;
    double seconds;
    if (strcmp(line, "about\n") == 0) {
      about();
    } else if (sscanf(line, "open single %63s %d %u %u", name, &payload, &sessions, &ssrcs) == 4 && opened.count == 0) {
      bench_open(&opened, profile_named(name), payload, sessions, ssrcs);
      printf("{\"sum\":%u}\n", first(&opened));
    } else if (sscanf(line, "run single %lf", &seconds) == 1 && opened.count != 0) {
      run(&opened, seconds);
    } else {
      fail("not understood: %s", line);
    }
    fflush(stdout);
  }
  return 0;
}
