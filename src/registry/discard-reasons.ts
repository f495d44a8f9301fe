/** Why something that arrived was dropped without a word; each is counted in `stats.discards`. */
export type DiscardReason =
  /** Not a DTLS record, or cut short; the rest of the datagram goes with it. */
  | 'malformed_record'
  /** A content type that is not one, or has no place at that moment. */
  | 'unexpected_content_type'
  /** An epoch whose keys we do not have and shall not have next. */
  | 'unknown_epoch'
  /** Without protection, although the peer is known to have its keys. */
  | 'plaintext_after_keys'
  /** Seen before, or older than the replay window. */
  | 'replayed'
  /** Authentication failed. */
  | 'bad_tag'
  /** Came before its keys, and enough of its kind are waiting already. */
  | 'too_early'
  /** A handshake header or body that contradicts itself. */
  | 'malformed_fragment'
  /** Differs from what is known of its message. */
  | 'conflicting_fragment'
  /** Of a message handled before. */
  | 'repeated_message'
  /** Of a message too far ahead of the one wanted. */
  | 'message_ahead'
  /** Would hold more memory than one connection may. */
  | 'fragment_limit'
  /** A handshake message after the handshake: renegotiation is refused. */
  | 'renegotiation'
  /** An alert that is malformed, or a warning that says nothing to us. */
  | 'ignored_alert'
  /** The connection has ended, or has not been started. */
  | 'not_open';
