import { ContentType } from '../../../src/registry/content-types.ts';
import { ExtensionType } from '../../../src/registry/extension-types.ts';
import { HandshakeType } from '../../../src/registry/handshake-types.ts';
import type { Grammar, Walker } from './layout.ts';

/* The syntax of what peers send, leniently: for finding the places worth changing, not for judging. */

const numbers16: Grammar = (walker) => walker.vector(2, (list) => list.list((entry) => void entry.number(2)));

/** The data of one extension. */
export const EXTENSIONS: Readonly<Record<number, Grammar>> = {
  [ExtensionType.server_name]: (walker) =>
    walker.vector(2, (names) =>
      names.list((name) => {
        name.number(1);
        name.vector(2);
      }),
    ),
  [ExtensionType.supported_groups]: numbers16,
  [ExtensionType.ec_point_formats]: (walker) => walker.vector(1),
  [ExtensionType.signature_algorithms]: numbers16,
  [ExtensionType.use_srtp]: (walker) => {
    numbers16(walker);
    walker.vector(1);
  },
  [ExtensionType.application_layer_protocol_negotiation]: (walker) =>
    walker.vector(2, (names) => names.list((name) => name.vector(1))),
  [ExtensionType.renegotiation_info]: (walker) => walker.vector(1),
};

export const extensions: Grammar = (walker) => {
  walker.vector(2, (list) =>
    list.list((extension) => {
      const type = extension.number(2, 'extensionType');
      extension.vector(2, EXTENSIONS[type]);
    }),
  );
};

function tagged(walker: Walker, depth: number): void {
  const tag = walker.number(1);
  let length = walker.number(1, 'length');
  let field = walker.lastField;
  if (length > 0x80 && length < 0x84) {
    length = walker.number(length - 0x80, 'length');
    field = walker.lastField;
  }
  const constructed = (tag & 0x20) !== 0 && depth < 12;
  const inner = (content: Walker): void => content.list((element) => tagged(element, depth + 1));
  walker.content(length, field === undefined ? [] : [field], constructed ? inner : undefined);
}

/** DER (X.690): elements within elements. */
export const der: Grammar = (walker) => walker.list((element) => tagged(element, 0));

export const MESSAGES: Readonly<Record<number, Grammar>> = {
  [HandshakeType.client_hello]: (walker) => {
    walker.number(2, 'version');
    walker.skip(32);
    walker.vector(1);
    walker.vector(1);
    numbers16(walker);
    walker.vector(1);
    extensions(walker);
  },
  [HandshakeType.server_hello]: (walker) => {
    walker.number(2, 'version');
    walker.skip(32);
    walker.vector(1);
    walker.number(2);
    walker.number(1);
    extensions(walker);
  },
  [HandshakeType.hello_verify_request]: (walker) => {
    walker.number(2, 'version');
    walker.vector(1);
  },
  [HandshakeType.certificate]: (walker) =>
    walker.vector(3, (chain) => chain.list((certificate) => certificate.vector(3, der))),
  [HandshakeType.server_key_exchange]: (walker) => {
    walker.number(1);
    walker.number(2);
    walker.vector(1);
    walker.number(2);
    walker.vector(2, der);
  },
  [HandshakeType.certificate_request]: (walker) => {
    walker.vector(1);
    numbers16(walker);
    walker.vector(2);
  },
  [HandshakeType.certificate_verify]: (walker) => {
    walker.number(2);
    walker.vector(2, der);
  },
  [HandshakeType.client_key_exchange]: (walker) => walker.vector(1),
};

/** The handshake messages, or fragments of them, in one record. */
export const messages: Grammar = (walker) =>
  walker.list((message) => {
    const type = message.number(1, 'messageType');
    message.number(3, 'length');
    const whole = message.lastField;
    message.number(2, 'messageSeq');
    const offset = message.number(3, 'offset');
    const length = message.number(3, 'length');
    const part = message.lastField;
    if (whole === undefined || part === undefined) return;
    message.content(length, [whole, part], offset === 0 ? MESSAGES[type] : undefined);
  });

/** A DTLS datagram: records, and in those without protection, messages. */
export const datagram: Grammar = (walker) =>
  walker.list((record) => {
    const type = record.number(1, 'contentType');
    record.number(2, 'version');
    const epoch = record.number(2, 'epoch');
    record.number(6, 'sequence');
    record.vector(2, type === ContentType.handshake && epoch === 0 ? messages : undefined);
  });

/** RTP (RFC 3550 §5.1); whatever follows the header is payload. */
export const rtp: Grammar = (walker) => {
  const first = walker.number(1);
  walker.number(1);
  walker.number(2, 'sequence');
  walker.number(4);
  walker.number(4);
  walker.skip(4 * (first & 15));
  if ((first & 0x10) !== 0) {
    walker.number(2);
    const words = walker.number(2, 'length');
    walker.content(4 * words, [], (elements) => elements.list((element) => void element.number(1)));
  }
  walker.content(walker.remaining, []);
};

/** RTCP (RFC 3550 §6.4), one packet after another. */
export const rtcp: Grammar = (walker) =>
  walker.list((packet) => {
    packet.number(1);
    packet.number(1, 'contentType');
    const words = packet.number(2, 'length');
    packet.content(4 * words, [], (body) => body.list((word) => void word.number(4)));
  });

export const nothing: Grammar = () => undefined;
