/* Full DTLS 1.2 handshakes in libssl, client and server in one thread, datagrams handed over in memory.
 *
 * The work per handshake is the one that bench/handshake.mjs describes: ECDHE with X25519, ECDSA P-256
 * certificates on both sides, AES-128-GCM, use_srtp, the peer's SHA-256 fingerprint checked, 60 bytes of SRTP
 * keying material exported on both sides and compared. Every certificate is used in one handshake only.
 *
 * Lines on standard input, one line of JSON on standard output for each:
 *   about          version of libssl and what a handshake negotiated
 *   make N         fresh keys and certificates for N handshakes (not timed)
 *   run            those N handshakes, timed
 * Any failure ends the program with a sentence on standard error and exit code 1. */
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MTU = 1200, QUEUE_LENGTH = 16, FINGERPRINT_LENGTH = 32, KEYING_MATERIAL_LENGTH = 60, MAXIMUM_POOL = 100000 };

static void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  ERR_print_errors_fp(stderr);
  exit(1);
}

static double seconds_of(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* ---- Datagrams in memory: a BIO that keeps their boundaries, as UDP does. ---- */

typedef struct {
  unsigned char bytes[QUEUE_LENGTH][MTU];
  int length[QUEUE_LENGTH];
  int first, end;
} queue;

typedef struct {
  queue *in, *out;
} endpoint;

static int datagram_write(BIO *bio, const char *bytes, int length) {
  queue *out = ((endpoint *)BIO_get_data(bio))->out;
  if (length > MTU || out->end == QUEUE_LENGTH) fail("a datagram of %d bytes, or more than %d of them", length, QUEUE_LENGTH);
  memcpy(out->bytes[out->end], bytes, (size_t)length);
  out->length[out->end++] = length;
  return length;
}

static int datagram_read(BIO *bio, char *bytes, int room) {
  queue *in = ((endpoint *)BIO_get_data(bio))->in;
  BIO_clear_retry_flags(bio);
  if (in->first == in->end) {
    in->first = in->end = 0;
    BIO_set_retry_read(bio);
    return -1;
  }
  int length = in->length[in->first] < room ? in->length[in->first] : room;
  memcpy(bytes, in->bytes[in->first++], (size_t)length);
  return length;
}

static long datagram_control(BIO *bio, int command, long number, void *pointer) {
  (void)bio, (void)number, (void)pointer;
  return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT;
}

static int datagram_create(BIO *bio) {
  BIO_set_init(bio, 1);
  return 1;
}

static BIO_METHOD *datagram_method(void) {
  BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagrams in memory");
  BIO_meth_set_write(method, datagram_write);
  BIO_meth_set_read(method, datagram_read);
  BIO_meth_set_ctrl(method, datagram_control);
  BIO_meth_set_create(method, datagram_create);
  return method;
}

/* ---- Certificates ---- */

typedef struct {
  EVP_PKEY *key;
  X509 *certificate;
  unsigned char fingerprint[FINGERPRINT_LENGTH];
} identity;

static void identity_make(identity *made) {
  EVP_PKEY *key = EVP_EC_gen("P-256");
  X509 *x509 = X509_new();
  unsigned char serial[8];
  if (key == NULL || x509 == NULL || RAND_bytes(serial, sizeof serial) != 1) fail("no key could be made");
  BIGNUM *number = BN_bin2bn(serial, sizeof serial, NULL);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509));
  BN_free(number);
  X509_set_version(x509, 2);
  X509_gmtime_adj(X509_getm_notBefore(x509), -86400);
  X509_gmtime_adj(X509_getm_notAfter(x509), 30 * 86400);
  X509_NAME *name = X509_get_subject_name(x509);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"bench", -1, -1, 0);
  X509_set_issuer_name(x509, name);
  X509_set_pubkey(x509, key);
  if (X509_sign(x509, key, EVP_sha256()) == 0) fail("a certificate could not be signed");

  /* Read back from DER: a certificate that was parsed keeps its encoding and is sent faster. */
  unsigned char *der = NULL;
  int length = i2d_X509(x509, &der);
  const unsigned char *at = der;
  made->key = key;
  made->certificate = d2i_X509(NULL, &at, length);
  EVP_Digest(der, (size_t)length, made->fingerprint, NULL, EVP_sha256(), NULL);
  OPENSSL_free(der);
  X509_free(x509);
}

static void identity_free(identity *used) {
  EVP_PKEY_free(used->key);
  X509_free(used->certificate);
}

static int fingerprint_matches(X509 *certificate, const identity *expected) {
  unsigned char fingerprint[FINGERPRINT_LENGTH];
  return certificate != NULL && X509_digest(certificate, EVP_sha256(), fingerprint, NULL) == 1 &&
         memcmp(fingerprint, expected->fingerprint, FINGERPRINT_LENGTH) == 0;
}

/* ---- Handshakes ---- */

/* A self-signed certificate has no chain to trust; the fingerprint is what says whose it is. */
static int accept_any_chain(int ok, X509_STORE_CTX *context) {
  (void)ok, (void)context;
  return 1;
}

static SSL_CTX *context_make(const SSL_METHOD *method) {
  SSL_CTX *context = SSL_CTX_new(method);
  if (context == NULL || SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(context, "ECDHE-ECDSA-AES128-GCM-SHA256") != 1 ||
      SSL_CTX_set1_groups_list(context, "X25519:P-256") != 1 ||
      SSL_CTX_set_tlsext_use_srtp(context, "SRTP_AES128_CM_SHA1_80") != 0)
    fail("libssl refused a setting");
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, accept_any_chain);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_QUERY_MTU);
  return context;
}

typedef struct {
  SSL_CTX *client_context, *server_context;
  BIO_METHOD *method;
  queue to_client, to_server;
} bench;

static SSL *side_make(bench *shared, SSL_CTX *context, endpoint *ends, const identity *own) {
  SSL *ssl = SSL_new(context);
  BIO *bio = BIO_new(shared->method);
  if (ssl == NULL || bio == NULL) fail("no memory");
  BIO_set_data(bio, ends);
  SSL_set_bio(ssl, bio, bio);
  SSL_set_mtu(ssl, MTU);
  if (SSL_use_certificate(ssl, own->certificate) != 1 || SSL_use_PrivateKey(ssl, own->key) != 1) fail("certificate refused");
  return ssl;
}

static void expect_keying_material(SSL *ssl, unsigned char *out) {
  static const char label[] = "EXTRACTOR-dtls_srtp";
  if (SSL_export_keying_material(ssl, out, KEYING_MATERIAL_LENGTH, label, sizeof label - 1, NULL, 0, 0) != 1)
    fail("no keying material");
}

/* One handshake; with `describe`, prints what was negotiated as members of a JSON object. */
static void handshake(bench *shared, const identity *client_identity, const identity *server_identity, int describe) {
  endpoint client_ends = {&shared->to_client, &shared->to_server}, server_ends = {&shared->to_server, &shared->to_client};
  shared->to_client.first = shared->to_client.end = shared->to_server.first = shared->to_server.end = 0;
  SSL *client = side_make(shared, shared->client_context, &client_ends, client_identity);
  SSL *server = side_make(shared, shared->server_context, &server_ends, server_identity);
  SSL_set_connect_state(client);
  SSL_set_accept_state(server);

  int client_result = 0, server_result = 0;
  for (int turn = 0; turn < 10 && (client_result != 1 || server_result != 1); turn++) {
    client_result = SSL_do_handshake(client);
    server_result = SSL_do_handshake(server);
  }
  if (client_result != 1 || server_result != 1)
    fail("handshake failed: client %d, server %d", SSL_get_error(client, client_result), SSL_get_error(server, server_result));
  if (!fingerprint_matches(SSL_get0_peer_certificate(client), server_identity) ||
      !fingerprint_matches(SSL_get0_peer_certificate(server), client_identity))
    fail("a fingerprint does not match");

  unsigned char of_client[KEYING_MATERIAL_LENGTH], of_server[KEYING_MATERIAL_LENGTH];
  expect_keying_material(client, of_client);
  expect_keying_material(server, of_server);
  if (memcmp(of_client, of_server, KEYING_MATERIAL_LENGTH) != 0) fail("the keys of the two sides differ");

  if (describe) {
    EVP_PKEY *share = NULL;
    SSL_get_peer_tmp_key(client, &share);
    SRTP_PROTECTION_PROFILE *profile = SSL_get_selected_srtp_profile(client);
    printf("\"protocol\":\"%s\",\"cipherSuite\":\"%s\",\"group\":\"%s\",\"srtpProfile\":\"%s\",\"extendedMasterSecret\":%s",
           SSL_get_version(client), SSL_CIPHER_standard_name(SSL_get_current_cipher(client)),
           share == NULL ? "none" : EVP_PKEY_get0_type_name(share), profile == NULL ? "none" : profile->name,
           SSL_get_extms_support(client) == 1 ? "true" : "false");
    EVP_PKEY_free(share);
  }
  SSL_free(client);
  SSL_free(server);
}

static void run(bench *shared, const identity *pool, long handshakes) {
  double wall = seconds_of(CLOCK_MONOTONIC), cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  for (long i = 0; i < handshakes; i++) handshake(shared, &pool[2 * i], &pool[2 * i + 1], 0);
  cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
  wall = seconds_of(CLOCK_MONOTONIC) - wall;
  printf("{\"handshakes\":%ld,\"seconds\":%.6f,\"cpuSeconds\":%.6f}\n", handshakes, wall, cpu);
}

int main(void) {
  static bench shared;
  shared.client_context = context_make(DTLS_client_method());
  shared.server_context = context_make(DTLS_server_method());
  shared.method = datagram_method();

  identity *pool = NULL;
  long handshakes = 0;
  char line[64];
  while (fgets(line, sizeof line, stdin) != NULL) {
    long count;
    if (strcmp(line, "about\n") == 0) {
      identity client, server;
      identity_make(&client);
      identity_make(&server);
      printf("{\"version\":\"%s\",", OpenSSL_version(OPENSSL_VERSION));
      handshake(&shared, &client, &server, 1);
      printf("}\n");
      identity_free(&client);
      identity_free(&server);
    } else if (sscanf(line, "make %ld", &count) == 1 && count > 0 && count <= MAXIMUM_POOL && pool == NULL) {
      handshakes = count;
      pool = calloc(2 * (size_t)count, sizeof *pool);
      if (pool == NULL) fail("no memory for %ld certificates", 2 * count);
      for (long i = 0; i < 2 * count; i++) identity_make(&pool[i]);
      printf("{\"made\":%ld}\n", 2 * count);
    } else if (strcmp(line, "run\n") == 0 && pool != NULL) {
      run(&shared, pool, handshakes);
      for (long i = 0; i < 2 * handshakes; i++) identity_free(&pool[i]);
      free(pool);
      pool = NULL;
    } else {
      fail("not understood: %s", line);
    }
    fflush(stdout);
  }
  return 0;
}
