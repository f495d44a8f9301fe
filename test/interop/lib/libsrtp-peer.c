/*
 * libsrtp, driven line by line. Each line of standard input is one command, each gets one line of answer: `ok` with
 * the result, or `no` with the name of the srtp_err_status_t. A line that is no command ends the program.
 *
 *     open PROFILE send|receive KEYS WINDOW SSRCS EXTENSIONS encrypted|plain    ok SESSION
 *     protect | unprotect | protect_rtcp | unprotect_rtcp SESSION KEY PACKET    ok PACKET
 *     set_roc SESSION SSRC ROC                                                  ok
 *     get_roc SESSION SSRC                                                      ok ROC
 *     close SESSION                                                             ok
 *
 * KEYS is master key and salt in hex, or a list of them with their MKIs: KEY:MKI,KEY:MKI. SSRCS is `any` or a list of
 * numbers, EXTENSIONS `none` or a list of header extension ids to encrypt (RFC 6904); the last word is about RTCP. KEY
 * is the position of the master key to protect with. PACKET is in hex, or `-` when it has no bytes.
 */
#define _GNU_SOURCE
#include <srtp2/srtp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SESSIONS = 4096, MAX_PACKET = 4096, MAX_LIST = 16, MAX_KEY = 64, MAX_MKI = 128 };

static const char *const STATUS[] = {
    "ok",         "fail",       "bad_param",   "alloc_fail",  "dealloc_fail", "init_fail",     "terminus",
    "auth_fail",  "cipher_fail", "replay_fail", "replay_old", "algo_fail",    "no_such_op",    "no_ctx",
    "cant_check", "key_expired", "socket_err", "signal_err",  "nonce_bad",    "read_fail",     "write_fail",
    "parse_err",  "encode_err", "semaphore_err", "pfkey_err", "bad_mki",      "pkt_idx_old",   "pkt_idx_adv",
};

typedef void policy_setter(srtp_crypto_policy_t *policy);

/* The 32-bit profiles have 80-bit tags in SRTCP (RFC 5764 section 4.1.2, RFC 4568 section 6.2). */
static const struct {
  const char *name;
  policy_setter *rtp, *rtcp;
  int rtp_tag_length;
} PROFILES[] = {
    {"SRTP_AES128_CM_SHA1_80", srtp_crypto_policy_set_rtp_default, srtp_crypto_policy_set_rtcp_default, 10},
    {"SRTP_AES128_CM_SHA1_32", srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32, srtp_crypto_policy_set_rtcp_default, 4},
    {"AES_256_CM_HMAC_SHA1_80", srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80,
     srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80, 10},
    {"AES_256_CM_HMAC_SHA1_32", srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32,
     srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80, 4},
    {"SRTP_AEAD_AES_128_GCM", srtp_crypto_policy_set_aes_gcm_128_16_auth, srtp_crypto_policy_set_aes_gcm_128_16_auth, 16},
    {"SRTP_AEAD_AES_256_GCM", srtp_crypto_policy_set_aes_gcm_256_16_auth, srtp_crypto_policy_set_aes_gcm_256_16_auth, 16},
    {"SRTP_NULL_SHA1_80", srtp_crypto_policy_set_null_cipher_hmac_sha1_80,
     srtp_crypto_policy_set_null_cipher_hmac_sha1_80, 10},
    /* libsrtp knows no such profile: it is the one above, with the other length of tag. */
    {"SRTP_NULL_SHA1_32", srtp_crypto_policy_set_null_cipher_hmac_sha1_80,
     srtp_crypto_policy_set_null_cipher_hmac_sha1_80, 4},
};

static srtp_t sessions[MAX_SESSIONS];
static int session_has_mki[MAX_SESSIONS];
static int session_count;

static void fail(const char *what) {
  fprintf(stderr, "libsrtp-peer: %s\n", what);
  exit(2);
}

static char *next_word(char **rest) {
  char *word = strtok_r(NULL, " ", rest);
  if (word == NULL) fail("a command has too few words");
  return word;
}

static unsigned long next_number(char **rest) {
  return strtoul(next_word(rest), NULL, 10);
}

static int next_session(char **rest) {
  int session = (int)next_number(rest);
  if (session < 0 || session >= session_count || sessions[session] == NULL) fail("no such session");
  return session;
}

static int read_hex(const char *hex, unsigned char *bytes, size_t capacity) {
  size_t length = strcmp(hex, "-") == 0 ? 0 : strlen(hex);
  if (length % 2 != 0 || length / 2 > capacity) fail("hex digits of a wrong number");
  for (size_t i = 0; i < length / 2; i++)
    if (sscanf(hex + 2 * i, "%2hhx", &bytes[i]) != 1) fail("not hex");
  return (int)(length / 2);
}

static void answer(srtp_err_status_t status, const char *result) {
  if (status == srtp_err_status_ok) printf("ok %s\n", result);
  else printf("no %s\n", STATUS[status]);
}

static int read_keys(char *list, srtp_master_key_t *keys) {
  static unsigned char key_bytes[MAX_LIST][MAX_KEY], mki_bytes[MAX_LIST][MAX_MKI];
  int count = 0;
  char *rest;
  for (char *item = strtok_r(list, ",", &rest); item != NULL; item = strtok_r(NULL, ",", &rest), count++) {
    if (count == MAX_LIST) fail("too many keys");
    char *mki = strchr(item, ':');
    if (mki != NULL) *mki++ = '\0';
    memset(key_bytes[count], 0, MAX_KEY);
    read_hex(item, key_bytes[count], MAX_KEY);
    keys[count].key = key_bytes[count];
    keys[count].mki_id = mki_bytes[count];
    keys[count].mki_size = mki == NULL ? 0 : (unsigned)read_hex(mki, mki_bytes[count], MAX_MKI);
  }
  return count;
}

static int read_numbers(char *list, const char *none, unsigned *numbers) {
  int count = 0;
  char *rest;
  if (strcmp(list, none) == 0) return 0;
  for (char *item = strtok_r(list, ",", &rest); item != NULL; item = strtok_r(NULL, ",", &rest)) {
    if (count == MAX_LIST) fail("too many numbers");
    numbers[count++] = (unsigned)strtoul(item, NULL, 10);
  }
  return count;
}

static void set_profile(srtp_policy_t *policy, const char *name) {
  for (size_t i = 0; i < sizeof PROFILES / sizeof PROFILES[0]; i++) {
    if (strcmp(PROFILES[i].name, name) != 0) continue;
    PROFILES[i].rtp(&policy->rtp);
    PROFILES[i].rtcp(&policy->rtcp);
    policy->rtp.auth_tag_len = PROFILES[i].rtp_tag_length;
    return;
  }
  fail("no such profile");
}

static void open_session(char **rest) {
  srtp_policy_t policies[MAX_LIST], *policy = &policies[0];
  srtp_master_key_t keys[MAX_LIST], *key_list[MAX_LIST];
  unsigned ssrcs[MAX_LIST], ids[MAX_LIST];
  char number[16];
  if (session_count == MAX_SESSIONS) fail("too many sessions");
  memset(policies, 0, sizeof policies);

  set_profile(policy, next_word(rest));
  int sends = strcmp(next_word(rest), "send") == 0;
  int key_count = read_keys(next_word(rest), keys);
  for (int i = 0; i < key_count; i++) key_list[i] = &keys[i];
  policy->keys = key_list;
  policy->num_master_keys = (unsigned long)key_count;
  policy->window_size = next_number(rest);
  int ssrc_count = read_numbers(next_word(rest), "any", ssrcs);
  policy->enc_xtn_hdr_count = read_numbers(next_word(rest), "none", ids);
  policy->enc_xtn_hdr = policy->enc_xtn_hdr_count == 0 ? NULL : (int *)ids;
  if (strcmp(next_word(rest), "plain") == 0) policy->rtcp.sec_serv = sec_serv_auth;

  policy->ssrc.type = sends ? ssrc_any_outbound : ssrc_any_inbound;
  for (int i = 0; i < ssrc_count; i++) {
    if (i > 0) {
      policies[i] = policies[0];
      policies[i - 1].next = &policies[i];
    }
    policies[i].ssrc.type = ssrc_specific;
    policies[i].ssrc.value = ssrcs[i];
  }
  srtp_err_status_t status = srtp_create(&sessions[session_count], policy);
  session_has_mki[session_count] = keys[0].mki_size > 0;
  snprintf(number, sizeof number, "%d", session_count);
  answer(status, number);
  if (status == srtp_err_status_ok) session_count++;
}

typedef srtp_err_status_t protector(srtp_t, void *, int *, unsigned, unsigned);

static srtp_err_status_t unprotect(srtp_t session, void *packet, int *length, unsigned use_mki, unsigned unused) {
  (void)unused;
  return srtp_unprotect_mki(session, packet, length, use_mki);
}

static srtp_err_status_t unprotect_rtcp(srtp_t session, void *packet, int *length, unsigned use_mki, unsigned unused) {
  (void)unused;
  return srtp_unprotect_rtcp_mki(session, packet, length, use_mki);
}

static void process(protector *work, char **rest) {
  /* libsrtp wants its packets at a multiple of 4, with room behind them. */
  static union {
    uint32_t alignment;
    unsigned char bytes[MAX_PACKET + SRTP_MAX_TRAILER_LEN + 4];
  } packet;
  static char hex[2 * sizeof packet + 1];
  int session = next_session(rest);
  unsigned key = (unsigned)next_number(rest);
  int length = read_hex(next_word(rest), packet.bytes, MAX_PACKET);
  memset(packet.bytes + length, 0, sizeof packet - (size_t)length);
  srtp_err_status_t status =
      work(sessions[session], packet.bytes, &length, (unsigned)session_has_mki[session], key);
  if (status == srtp_err_status_ok) {
    hex[0] = '\0';
    for (int i = 0; i < length; i++) snprintf(hex + 2 * i, 3, "%02x", packet.bytes[i]);
  }
  answer(status, hex);
}

static void run(const char *command, char **rest) {
  if (strcmp(command, "open") == 0) open_session(rest);
  else if (strcmp(command, "protect") == 0) process(srtp_protect_mki, rest);
  else if (strcmp(command, "unprotect") == 0) process(unprotect, rest);
  else if (strcmp(command, "protect_rtcp") == 0) process(srtp_protect_rtcp_mki, rest);
  else if (strcmp(command, "unprotect_rtcp") == 0) process(unprotect_rtcp, rest);
  else if (strcmp(command, "set_roc") == 0) {
    int session = next_session(rest);
    uint32_t ssrc = (uint32_t)next_number(rest);
    answer(srtp_set_stream_roc(sessions[session], ssrc, (uint32_t)next_number(rest)), "");
  } else if (strcmp(command, "get_roc") == 0) {
    int session = next_session(rest);
    uint32_t roc = 0;
    char number[16];
    srtp_err_status_t status = srtp_get_stream_roc(sessions[session], (uint32_t)next_number(rest), &roc);
    snprintf(number, sizeof number, "%u", roc);
    answer(status, number);
  } else if (strcmp(command, "close") == 0) {
    int session = next_session(rest);
    answer(srtp_dealloc(sessions[session]), "");
    sessions[session] = NULL;
  } else fail("no such command");
}

int main(void) {
  char *line = NULL, *rest;
  size_t capacity = 0;
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (srtp_init() != srtp_err_status_ok) fail("srtp_init failed");
  while (getline(&line, &capacity, stdin) > 0) {
    line[strcspn(line, "\n")] = '\0';
    const char *command = strtok_r(line, " ", &rest);
    run(command == NULL ? "" : command, &rest);
  }
  free(line);
  return 0;
}
