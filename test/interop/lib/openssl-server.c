/*
 * A DTLS 1.2 server of libssl that does what `openssl s_server` cannot: it asks for no cookie, and it sends
 * close_notify first.
 *
 *     openssl-server CERT KEY SRTP_PROFILES EXPORT_LENGTH
 *
 * It serves one client on a free port of 127.0.0.1 and prints what it negotiated in the words of s_server. A line
 * of standard input goes to the client, a single Q closes the connection.
 */
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static int accept_any_certificate(int ok, X509_STORE_CTX *store) {
  (void)ok;
  (void)store;
  return 1; /* The test compares fingerprints. */
}

static void show_state(const SSL *ssl, int where, int value) {
  (void)ssl;
  if (where & SSL_CB_ALERT)
    fprintf(stderr, "SSL3 alert %s:%s:%s\n", where & SSL_CB_READ ? "read" : "write",
            SSL_alert_type_string_long(value), SSL_alert_desc_string_long(value));
}

static void fail(const char *what) {
  fprintf(stderr, "%s failed\n", what);
  ERR_print_errors_fp(stderr);
  exit(1);
}

static void report(SSL *ssl, size_t export_length) {
  const char label[] = "EXTRACTOR-dtls_srtp";
  unsigned char material[256];
  const SRTP_PROTECTION_PROFILE *profile = SSL_get_selected_srtp_profile(ssl);
  if (export_length > sizeof material ||
      SSL_export_keying_material(ssl, material, export_length, label, sizeof label - 1, NULL, 0, 0) != 1)
    fail("SSL_export_keying_material");
  printf("CIPHER is %s\n", SSL_get_cipher_name(ssl));
  if (profile != NULL) printf("SRTP Extension negotiated, profile=%s\n", profile->name);
  printf("Extended master secret: %s\n", SSL_get_extms_support(ssl) == 1 ? "yes" : "no");
  printf("Keying material: ");
  for (size_t i = 0; i < export_length; i++) printf("%02X", material[i]);
  printf("\n");
}

/* Waits for the first datagram, which stays in the socket, and answers nobody else from there on. */
static int wait_for_client(struct sockaddr_in *peer) {
  struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof own;
  char byte;
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof own) != 0) fail("bind");
  getsockname(fd, (struct sockaddr *)&own, &length);
  printf("ACCEPT 127.0.0.1:%d\n", ntohs(own.sin_port));
  length = sizeof *peer;
  if (recvfrom(fd, &byte, 1, MSG_PEEK, (struct sockaddr *)peer, &length) < 0) fail("recvfrom");
  if (connect(fd, (struct sockaddr *)peer, sizeof *peer) != 0) fail("connect");
  return fd;
}

int main(int argc, char **argv) {
  if (argc != 5) fail("reading the arguments CERT KEY SRTP_PROFILES EXPORT_LENGTH");
  setvbuf(stdout, NULL, _IOLBF, 0);
  setvbuf(stdin, NULL, _IONBF, 0); /* What is read ahead would be hidden from poll. */

  SSL_CTX *context = SSL_CTX_new(DTLS_server_method());
  SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, accept_any_certificate);
  SSL_CTX_set_info_callback(context, show_state);
  if (SSL_CTX_use_certificate_file(context, argv[1], SSL_FILETYPE_PEM) != 1) fail("the certificate");
  if (SSL_CTX_use_PrivateKey_file(context, argv[2], SSL_FILETYPE_PEM) != 1) fail("the key");
  if (SSL_CTX_set_tlsext_use_srtp(context, argv[3]) != 0) fail("the SRTP profiles");

  struct sockaddr_in peer;
  int fd = wait_for_client(&peer);
  BIO *bio = BIO_new_dgram(fd, BIO_NOCLOSE);
  BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_CONNECTED, 0, &peer);
  SSL *ssl = SSL_new(context);
  SSL_set_bio(ssl, bio, bio);
  if (SSL_accept(ssl) != 1) fail("SSL_accept");
  report(ssl, strtoul(argv[4], NULL, 10));

  for (;;) {
    struct pollfd ready[] = {{.fd = fd, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
    char text[2048];
    if (poll(ready, 2, -1) < 0) fail("poll");
    if (ready[0].revents) {
      int length = SSL_read(ssl, text, sizeof text);
      if (length > 0) fwrite(text, 1, (size_t)length, stdout);
      if (SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN) break;
    }
    if (ready[1].revents) {
      if (fgets(text, sizeof text, stdin) == NULL || strcmp(text, "Q\n") == 0) break;
      SSL_write(ssl, text, (int)strlen(text));
    }
  }
  SSL_shutdown(ssl);
  return 0;
}
