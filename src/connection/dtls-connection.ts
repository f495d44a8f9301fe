import { plain, sameBytes, wipe } from '../bytes/bytes.ts';
import { Reader } from '../bytes/reader.ts';
import { Certificate } from '../certificate/certificate.ts';
import type { Fingerprint } from '../certificate/fingerprint.ts';
import { checkBytes, checkInteger, checkNow, invalidState } from '../errors/arguments.ts';
import { DtlsError } from '../errors/dtls-error.ts';
import { type ClientState, clientMachine } from '../handshake/client/v12.ts';
import { HandshakeDriver, type HandshakeOwner } from '../handshake/core/driver.ts';
import { CHANGE_CIPHER_SPEC } from '../handshake/core/flight.ts';
import type { Question, Session } from '../handshake/core/port.ts';
import type { AdmittedHello } from '../handshake/server/admission.ts';
import { type ServerState, serverMachine } from '../handshake/server/v12.ts';
import { keyLogLine } from '../observe/key-log.ts';
import { RecordLayer } from '../record/record-layer.ts';
import { Alert, AlertLevel, type AlertName, alertName } from '../registry/alerts.ts';
import type { HashName } from '../registry/algorithms.ts';
import type { CipherSuiteName } from '../registry/cipher-suites.ts';
import { ContentType } from '../registry/content-types.ts';
import type { DiscardReason } from '../registry/discard-reasons.ts';
import type { GroupName } from '../registry/groups.ts';
import type { SrtpProfileName } from '../registry/srtp-profiles.ts';
import type { DtlsVersion } from '../registry/versions.ts';
import { readAlert, writeAlert } from '../wire/alert.ts';
import { type DtlsRecord, MAX_PLAINTEXT_LENGTH, readRecord } from '../wire/record.ts';
import { alertMeaning } from './alert-meaning.ts';
import { checkAnswer } from './answers.ts';
import {
  type ConnectionConfig,
  MTU_RANGE,
  readAdmission,
  readFingerprints,
  readOptions,
  TIMEOUT_RANGE,
} from './config.ts';
import { EarlyRecords } from './early-records.ts';
import { checkExport, exportSrtpKeys, type SrtpKeys } from './exporter.ts';
import { checkFingerprint } from './fingerprint-check.ts';
import type { DtlsConnectionOptions, DtlsLogger } from './options.ts';
import { OutputQueue } from './output-queue.ts';
import type { DtlsOutput } from './outputs.ts';
import { ConnectionStats, type DtlsStats } from './stats.ts';
import { Tracer } from './tracer.ts';

/** RTCDtlsTransportState of W3C WebRTC §5.5.1. */
export type DtlsConnectionState = 'new' | 'connecting' | 'connected' | 'closed' | 'failed';

/** What a datagram turned out to be. */
export interface Received {
  /**
   * It held an authentic record newer than any before: if it came from another address than the last, the peer
   * has moved there. (RFC 9146 §6 has the same rule.)
   */
  readonly authenticatedNewest: boolean;
}

/** For who carries several connections: calls back when one has outputs, or is destroyed. */
export let watchOutputs: (connection: DtlsConnection, callback: () => void) => void;
/** For the same: ends a connection with an error, and tells its peer nothing. */
export let abandon: (connection: DtlsConnection, error: DtlsError) => void;

/** Records kept until their keys, and messages until their sender's authentication, are there. */
const MAX_HELD = 16;
/** Requests for renegotiation that get a `no_renegotiation`; the rest get silence. */
const MAX_RENEGOTIATION_REFUSALS = 4;

/**
 * One DTLS association with one peer: the protocol and nothing else. It has no socket, no timer and no clock.
 *
 * Bring it each datagram (`receive`), call `handleTimeout` once `nextTimeout` has come, and after every call
 * drain `poll()`: datagrams to send, messages, events. All times are milliseconds on one steady clock of yours.
 * It never throws for anything that a peer sends; it throws at once, with a Node-style `code`, for what its
 * caller does wrong.
 */
export class DtlsConnection {
  readonly #config: ConnectionConfig;
  readonly #records: RecordLayer = new RecordLayer();
  readonly #driver: HandshakeDriver<ClientState> | HandshakeDriver<ServerState>;
  readonly #stats: ConnectionStats = new ConnectionStats();
  readonly #outputs: OutputQueue = new OutputQueue();
  readonly #tracer: Tracer;
  /** Until `start`. */
  #admitted: AdmittedHello | undefined;
  #state: DtlsConnectionState = 'new';
  #error: DtlsError | undefined;
  #now = 0;
  #mtu: number;
  #handshakeDeadline: number | undefined;
  #session: Session | undefined;
  #remoteCertificate: Certificate | undefined;
  #remoteFingerprints: readonly Fingerprint[] | 'later' | undefined;
  #question: { readonly id: number; readonly kind: Question['kind'] } | undefined;
  #questions = 0;
  #renegotiationRefusals = 0;
  /** The peer is authenticated, and the keys are there for the asking. */
  #unlocked = false;
  /** Overwritten at the end. */
  readonly #secrets: Uint8Array[] = [];
  /** Records of the next epoch that came before its keys. */
  readonly #early: EarlyRecords = new EarlyRecords();
  /** What the logger is told at the end of the call at hand. */
  readonly #logs: [keyof DtlsLogger, string][] = [];
  /** Application data that came before the peer was authenticated. */
  #held: Uint8Array[] = [];

  static {
    watchOutputs = (connection, callback) => {
      connection.#outputs.onChange = callback;
    };
    abandon = (connection, error) => connection.#guard(() => connection.#abandon(error));
  }

  /**
   * @throws ERR_MISSING_ARGS unless exactly one way of knowing the peer is given, and for a server without a
   * certificate; ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE or ERR_OUT_OF_RANGE for an option that is wrong;
   * ERR_FEATURE_UNAVAILABLE for one that this version does not have.
   */
  constructor(options: DtlsConnectionOptions) {
    const config = readOptions(options);
    this.#config = config;
    this.#admitted = readAdmission(options);
    this.#tracer = new Tracer(
      config.trace ? (event) => this.#outputs.push({ type: 'trace', event }) : undefined,
    );
    this.#mtu = config.mtu;
    this.#remoteFingerprints = config.remoteFingerprints;
    const owner = this.#makeOwner();
    this.#driver =
      config.handshake.role === 'client'
        ? new HandshakeDriver(clientMachine, config.handshake, config, owner)
        : new HandshakeDriver(serverMachine, config.handshake, config, owner);
  }

  /**
   * A client sends its ClientHello; a server listens from now on, or answers the hello of its `admission`.
   *
   * @throws ERR_INVALID_STATE when called again.
   */
  start(now: number): void {
    this.#checkNow(now);
    if (this.#state !== 'new')
      throw invalidState(`start() is for a new connection; this one is ${this.#state}.`);
    this.#state = 'connecting';
    const admitted = this.#admitted;
    this.#admitted = undefined;
    this.#guard(() => {
      if (admitted === undefined) this.#driver.start(now);
      else this.#answer(admitted);
    });
  }

  /** Takes in one datagram of the peer's. The bytes are borrowed until this returns. */
  receive(datagram: Uint8Array, now: number): Received {
    checkBytes('datagram', datagram);
    this.#checkNow(now);
    this.#stats.received(datagram.length);
    let authenticatedNewest = false;
    this.#guard(() => {
      if (!this.#isOpen) {
        this.#discard('not_open');
        return;
      }
      this.#tracer.datagram('received', datagram.length);
      authenticatedNewest = this.#receiveRecords(new Reader(plain(datagram)));
    });
    return { authenticatedNewest };
  }

  /** When `handleTimeout` is to be called, on the caller's clock; undefined when nothing is waited for. */
  get nextTimeout(): number | undefined {
    if (this.#state !== 'connecting') return undefined;
    const { deadline } = this.#driver.timer;
    if (deadline === undefined || this.#handshakeDeadline === undefined)
      return deadline ?? this.#handshakeDeadline;
    return Math.min(deadline, this.#handshakeDeadline);
  }

  /** Does what is due by now; does nothing before `nextTimeout`. */
  handleTimeout(now: number): void {
    this.#checkNow(now);
    if (this.#state !== 'connecting') return;
    this.#guard(() => {
      if (this.#handshakeDeadline !== undefined && now >= this.#handshakeDeadline) {
        const limit = this.#config.handshakeTimeout;
        throw new DtlsError(
          'ERR_DTLS_HANDSHAKE_TIMEOUT',
          `DTLS handshake timeout: not complete after ${limit} ms.`,
        );
      }
      const { timer } = this.#driver;
      if (timer.deadline === undefined || now < timer.deadline) return;
      this.#driver.handleTimeout(now);
      this.#stats.timedOut();
      this.#tracer.timeout(timer.timeout);
    });
  }

  /**
   * The next thing to do or to know; undefined when there is nothing more. Drain it after every call. With `closed`
   * the keys are overwritten: until then they can be had, even if the peer said goodbye right behind its Finished.
   */
  poll(): DtlsOutput | undefined {
    const output = this.#outputs.take();
    if (output?.type === 'closed') this.#forgetSecrets();
    return output;
  }

  /**
   * Answers the output `request` of that id. An answer that comes after the connection has ended is dropped.
   *
   * @throws ERR_INVALID_STATE when no such request is open; ERR_INVALID_ARG_TYPE when the answer is not of the
   * request's type.
   */
  resolve(id: number, answer: unknown, now: number): void {
    this.#checkNow(now);
    if (this.#state === 'closed' || this.#state === 'failed') return;
    const question = this.#question;
    if (question === undefined || question.id !== id)
      throw invalidState(`No request with the id ${id} is open.`);
    checkAnswer(question.kind, answer, this.#config.handshake.sign === 'request');
    this.#question = undefined;
    this.#guard(() => {
      if (answer instanceof Error) {
        const message = `The application answered the request "${question.kind}" with an error.`;
        throw new DtlsError('ERR_DTLS_CALLBACK', message, { cause: answer });
      }
      this.#driver.resume(answer, now);
      this.#openEarlyRecords();
    });
  }

  /**
   * Gives the fingerprints that the options left for later. If the peer has shown its certificate already, it is
   * checked at once: a match opens keys and messages, a mismatch ends the connection with `bad_certificate`.
   *
   * @throws ERR_INVALID_STATE unless `remoteFingerprints` was `'later'` and this is the first time.
   */
  setRemoteFingerprints(list: readonly (string | Fingerprint)[], now: number): void {
    this.#checkNow(now);
    if (this.#remoteFingerprints !== 'later') {
      throw invalidState(
        "setRemoteFingerprints() is for a connection made with remoteFingerprints: 'later', once.",
      );
    }
    const fingerprints = readFingerprints(list);
    this.#remoteFingerprints = fingerprints;
    const certificate = this.#remoteCertificate;
    if (!this.#isOpen || certificate === undefined) return;
    this.#guard(() => {
      checkFingerprint(certificate, fingerprints);
      this.#authenticate();
    });
  }

  /**
   * Sends one message of application data as one record in one datagram, which `mtu` does not bound.
   *
   * Between the peer's goodbye and the output `closed` that tells of it, messages are dropped.
   *
   * @throws ERR_INVALID_STATE unless connected; ERR_OUT_OF_RANGE over 16,384 bytes.
   */
  send(data: Uint8Array, now: number): void {
    checkBytes('data', data);
    this.#checkNow(now);
    checkInteger('data.length', data.length, 0, MAX_PLAINTEXT_LENGTH);
    if (this.#state !== 'connected') {
      if (this.#unlocked) return; // it has ended, and the caller has not been told yet
      throw invalidState(`send() is for a connected connection; this one is ${this.#state}.`);
    }
    this.#guard(() => {
      if (this.#records.isExhausted(this.#driver.writeEpoch)) throw keyUsedUp();
      this.#stats.sentMessage();
      this.#sendRecord(ContentType.application_data, data, 'application_data');
    });
  }

  /** DTLS 1.3 changes keys by it; DTLS 1.2 has no such thing. @throws ERR_INVALID_STATE always, as yet. */
  updateKeys(now: number): void {
    this.#checkNow(now);
    throw invalidState('updateKeys() is for DTLSv1.3; earlier versions cannot change keys.');
  }

  /** Ends the connection with a close_notify, which is not waited upon. Does nothing once it has ended. */
  close(now: number): void {
    this.#checkNow(now);
    if (!this.#isOpen) {
      if (this.#state === 'new') this.#state = 'closed';
      return;
    }
    this.#guard(() => {
      if (this.#driver.underway) this.#sendAlert(AlertLevel.warning, 'close_notify');
      this.#end('closed', undefined);
      this.#forgetSecrets();
    });
  }

  /** Ends it at once: sends nothing, overwrites the keys, drops what was not polled. */
  destroy(): void {
    if (this.#state !== 'failed') this.#state = 'closed';
    this.#outputs.clear();
    this.#release();
    this.#forgetSecrets();
  }

  /**
   * Keying material for a use of one's own (RFC 5705); both sides get the same bytes.
   *
   * @param length bytes, 1 to 65,536
   * @param label ASCII, as `EXTRACTOR-dtls_srtp`; not one that TLS itself uses
   * @param context up to 65,535 bytes; none and an empty one differ
   * @throws ERR_INVALID_STATE until the peer is authenticated
   */
  exportKeyingMaterial(length: number, label: string, context?: Uint8Array): Uint8Array {
    checkExport(length, label, context);
    return this.#authenticated('exportKeyingMaterial()').exportKeyingMaterial(length, label, context);
  }

  /**
   * The master keys and salts of SRTP (RFC 5764 §4.2). `local` is for what we send.
   *
   * @throws ERR_INVALID_STATE until the peer is authenticated, and when no SRTP profile was negotiated
   */
  srtpKeys(): SrtpKeys {
    return exportSrtpKeys(this.#authenticated('srtpKeys()'), this.#config.handshake.role);
  }

  get state(): DtlsConnectionState {
    return this.#state;
  }

  /** Why it failed. */
  get error(): DtlsError | undefined {
    return this.#error;
  }

  get protocol(): DtlsVersion | undefined {
    return this.#session?.protocol;
  }

  /** The cipher suite by its IANA name. */
  get cipherSuite(): CipherSuiteName | undefined {
    return this.#session?.cipherSuite;
  }

  /** The group of the key agreement, as `X25519`. */
  get group(): GroupName | undefined {
    return this.#session?.group;
  }

  /** The negotiated profile in OpenSSL's spelling. */
  get srtpProfile(): SrtpProfileName | undefined {
    return this.#session?.srtpProfile;
  }

  get alpnProtocol(): string | undefined {
    return this.#session?.alpnProtocol;
  }

  /** The name in the client's SNI. */
  get servername(): string | undefined {
    return this.#session?.servername;
  }

  /** Whether the keys are bound to the whole handshake (RFC 7627). */
  get extendedMasterSecret(): boolean | undefined {
    return this.#session?.extendedMasterSecret;
  }

  /** Resumption is not available in this version: false once connected. */
  get reused(): boolean | undefined {
    return this.#session === undefined ? undefined : false;
  }

  /** What the peer has shown; that it is the peer's is known once connected. */
  get remoteCertificate(): Certificate | undefined {
    return this.#remoteCertificate;
  }

  /** The fingerprint of `remoteCertificate`: hex pairs in upper case joined by colons. */
  remoteFingerprint(hash: HashName = 'sha-256'): string | undefined {
    return this.#remoteCertificate?.fingerprint(hash);
  }

  /** Counts since the connection was made, with discards by reason; a snapshot. */
  get stats(): DtlsStats {
    return this.#stats.snapshot(this.#driver.retransmissions);
  }

  /** Largest datagram of the handshake in bytes, 256 to 65,535; counts from the next sending on. */
  get mtu(): number {
    return this.#mtu;
  }

  set mtu(bytes: number) {
    checkInteger('mtu', bytes, MTU_RANGE.min, MTU_RANGE.max);
    this.#mtu = bytes;
  }

  /** First retransmission timeout in ms; counts from the next flight on. */
  get initialTimeout(): number {
    return this.#driver.timer.initialTimeout;
  }

  set initialTimeout(ms: number) {
    checkInteger('initialTimeout', ms, TIMEOUT_RANGE.min, TIMEOUT_RANGE.max);
    this.#driver.timer.initialTimeout = ms;
  }

  get #isOpen(): boolean {
    return this.#state === 'connecting' || this.#state === 'connected';
  }

  #checkNow(now: number): void {
    checkNow(now);
    this.#now = now;
    this.#tracer.now = now;
  }

  /**
   * Runs what a call does once its arguments are found right. Whatever it throws ends this connection and goes no
   * further; the logger is told when it is done.
   */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#fail(
        error instanceof DtlsError
          ? error
          : new DtlsError('ERR_DTLS_INTERNAL', 'An internal error ended the connection.', { cause: error }),
      );
    }
    if (this.#handshakeDeadline === undefined && this.#state === 'connecting' && this.#driver.underway) {
      const { handshakeTimeout } = this.#config;
      if (handshakeTimeout > 0 && !this.#driver.complete)
        this.#handshakeDeadline = this.#now + handshakeTimeout;
    }
    this.#tellLogs();
  }

  /** The first that is sent has the number of what it answers (RFC 6347 §4.2.1). */
  #answer({ message, recordSequenceNumber }: AdmittedHello): void {
    this.#records.beginWith(recordSequenceNumber);
    this.#tracer.record = { epoch: 0, sequenceNumber: recordSequenceNumber };
    this.#driver.startWith(message, this.#now);
  }

  #receiveRecords(reader: Reader): boolean {
    let newest = false;
    this.#driver.beginDatagram();
    if (reader.remaining === 0) this.#discard('malformed_record');
    while (reader.remaining > 0 && this.#isOpen) {
      const record = readRecord(reader);
      if (record === undefined) {
        this.#discard('malformed_record');
        break;
      }
      if (this.#receiveRecord(record)) newest = true;
      this.#openEarlyRecords();
    }
    return newest;
  }

  /** True when the record was authentic and the newest so far. */
  #receiveRecord(record: DtlsRecord): boolean {
    const opened = this.#records.open(record);
    if (typeof opened === 'string') {
      if (opened === 'too_early' && this.#driver.underway) {
        for (let dropped = this.#early.hold(record); dropped > 0; dropped--) this.#discard(opened);
        return false;
      }
      this.#discard(opened);
      if (opened === 'bad_tag' && this.#records.forgeryLimitReached) {
        throw new DtlsError(
          'ERR_DTLS_LIMIT_EXCEEDED',
          'More forged records came than the key can bear (RFC 9147 §4.5.3).',
        );
      }
      return false;
    }
    this.#dispatch(record, opened.plaintext);
    return opened.newest;
  }

  #openEarlyRecords(): void {
    if (this.#records.readEpoch === 0) return;
    for (const record of this.#early.take()) if (this.#isOpen) this.#receiveRecord(record);
  }

  #dispatch(record: DtlsRecord, plaintext: Uint8Array): void {
    switch (record.type) {
      case ContentType.handshake:
        this.#tracer.record = { epoch: record.epoch, sequenceNumber: record.sequenceNumber };
        this.#driver.receive(plaintext, record.epoch, this.#now);
        if (this.#driver.takeRenegotiationRequest()) this.#refuseRenegotiation();
        return;
      case ContentType.alert:
        this.#receiveAlert(record, plaintext);
        return;
      case ContentType.change_cipher_spec:
        // The epoch of what follows says it all; one that comes early, late or twice is of no effect.
        if (record.epoch !== 0 || !sameBytes(plaintext, CHANGE_CIPHER_SPEC))
          this.#discard('unexpected_content_type');
        else this.#tracer.message('received', record, 'change_cipher_spec', plaintext.length);
        return;
      case ContentType.application_data:
        this.#receiveApplicationData(record, plaintext);
        return;
      default:
        this.#discard('unexpected_content_type');
    }
  }

  #receiveApplicationData(record: DtlsRecord, plaintext: Uint8Array): void {
    if (record.epoch === 0) {
      this.#discard('unexpected_content_type');
      return;
    }
    this.#tracer.message('received', record, 'application_data', plaintext.length);
    if (this.#state === 'connected') {
      this.#deliver(plaintext);
    } else if (this.#held.length < MAX_HELD) {
      this.#held.push(plaintext);
    } else {
      this.#discard('too_early');
    }
  }

  #deliver(data: Uint8Array): void {
    this.#stats.receivedMessage();
    this.#outputs.push({ type: 'message', data });
  }

  #receiveAlert(record: DtlsRecord, plaintext: Uint8Array): void {
    const alert = readAlert(plaintext);
    // Without protection an alert is believed only within a handshake that is under way and has no keys yet.
    if (alert === undefined || (record.epoch === 0 && !this.#driver.underway)) {
      this.#discard('ignored_alert');
      return;
    }
    this.#tracer.message('received', record, `alert ${alertName(alert.description)}`, plaintext.length);
    const meaning = alertMeaning(alert, this.#driver.complete);
    if (meaning === 'nothing') {
      this.#discard('ignored_alert');
    } else if (meaning === 'goodbye') {
      this.#sendAlert(AlertLevel.warning, 'close_notify'); // RFC 5246 §7.2.1
      this.#end('closed', undefined);
    } else {
      this.#fail(meaning);
    }
  }

  /** RFC 5246 §7.2.2: a warning, and the session goes on. */
  #refuseRenegotiation(): void {
    if (this.#renegotiationRefusals === MAX_RENEGOTIATION_REFUSALS) return;
    this.#renegotiationRefusals++;
    this.#sendAlert(AlertLevel.warning, 'no_renegotiation');
  }

  #established(session: Session): void {
    this.#checkOpen();
    this.#session = session;
    this.#handshakeDeadline = undefined;
    this.#authenticate();
  }

  /** Opens keys and messages once the handshake is complete and nothing about the peer is left for later. */
  #authenticate(): void {
    if (this.#session === undefined || this.#remoteFingerprints === 'later' || !this.#isOpen) return;
    this.#state = 'connected';
    this.#unlocked = true;
    this.#tracer.state('connected');
    const { protocol, cipherSuite, srtpProfile } = this.#session;
    this.#log('info', `DTLS is connected: ${protocol}, ${cipherSuite}, ${srtpProfile ?? 'no SRTP profile'}.`);
    this.#outputs.push({ type: 'connected' });
    const held = this.#held;
    this.#held = [];
    for (const data of held) this.#deliver(data);
  }

  #authenticated(what: string): Session {
    if (this.#session !== undefined && this.#unlocked) return this.#session;
    throw invalidState(
      this.#session !== undefined && this.#state === 'connecting'
        ? `${what} is locked until setRemoteFingerprints() has matched.`
        : `${what} is for a connected connection; this one is ${this.#state}.`,
    );
  }

  #fail(error: DtlsError): void {
    if (!this.#isOpen) return;
    if (error.alert !== undefined && error.code !== 'ERR_DTLS_ALERT_RECEIVED') {
      this.#sendAlert(AlertLevel.fatal, error.alert);
    }
    this.#abandon(error);
  }

  #abandon(error: DtlsError): void {
    if (!this.#isOpen) return;
    this.#error = error;
    this.#end('failed', error);
  }

  #end(state: 'closed' | 'failed', error: DtlsError | undefined): void {
    this.#state = state;
    this.#tracer.state(state);
    if (error === undefined) this.#log('info', 'DTLS is closed.');
    else this.#log('warning', `DTLS has failed: ${error.message}`);
    this.#outputs.push({ type: 'closed', error });
    this.#release();
  }

  #release(): void {
    this.#handshakeDeadline = undefined;
    this.#question = undefined;
    this.#early.take();
    this.#held = [];
    this.#driver.destroy();
    this.#records.destroy();
    if (!this.#unlocked) this.#forgetSecrets();
  }

  #forgetSecrets(): void {
    this.#unlocked = false;
    wipe(...this.#secrets);
  }

  /** A callback of the application's may end the connection in the middle of a step, which then goes no further. */
  #checkOpen(): void {
    if (!this.#isOpen) throw new DtlsError('ERR_DTLS_INTERNAL', 'The connection was ended by a callback.');
  }

  #sendAlert(level: number, name: AlertName): void {
    this.#sendRecord(ContentType.alert, writeAlert({ level, description: Alert[name] }), `alert ${name}`);
  }

  #sendRecord(type: ContentType, plaintext: Uint8Array, message: string): void {
    const epoch = this.#driver.writeEpoch;
    if (!this.#isOpen || !this.#records.canSeal(epoch)) return;
    const { bytes, sequenceNumber } = this.#records.seal(epoch, type, plaintext);
    this.#tracer.message('sent', { epoch, sequenceNumber }, message, plaintext.length);
    this.#sendDatagram(bytes);
  }

  #sendDatagram(datagram: Uint8Array): void {
    this.#stats.sent(datagram.length);
    this.#tracer.datagram('sent', datagram.length);
    this.#outputs.push({ type: 'datagram', datagram });
  }

  #discard(reason: DiscardReason): void {
    this.#stats.discarded(reason);
    this.#log('debug', `DTLS dropped what arrived: ${reason}.`);
    this.#tracer.discard(reason);
  }

  /** Told at the end of the call: a logger may do anything, and nothing of ours is then half done. */
  #log(level: keyof DtlsLogger, message: string): void {
    if (this.#config.logger[level] !== undefined) this.#logs.push([level, message]);
  }

  #tellLogs(): void {
    while (this.#logs.length > 0) {
      for (const [level, message] of this.#logs.splice(0)) {
        try {
          this.#config.logger[level]?.(message);
        } catch {
          // A logger that fails is no reason for a call to fail.
        }
      }
    }
  }

  #makeOwner(): HandshakeOwner {
    const records = this.#records;
    return {
      // A method, not a getter: V8 makes a hidden class of each literal with a getter, which outlives it.
      mtu: () => this.#mtu,
      overhead: (epoch) => records.overhead(epoch),
      seal: (epoch, type, plaintext) => {
        this.#checkOpen();
        if (records.isExhausted(epoch)) throw keyUsedUp();
        return records.seal(epoch, type, plaintext);
      },
      useVersion: (version) => records.useVersion(version),
      installKeys: (direction, epoch, protection) => {
        this.#checkOpen();
        if (direction === 'read') records.installReadKeys(epoch, protection);
        else records.installWriteKeys(epoch, protection);
      },
      sendDatagram: (datagram) => this.#sendDatagram(datagram),
      onSent: (part, repeated) => this.#tracer.sent(part, repeated),
      onReceived: (fragment, repeated) => this.#tracer.received(fragment, repeated),
      onDiscard: (reason) => this.#discard(reason),
      onState: (state) => this.#tracer.state(state),
      onPeerCertificate: (chain) => {
        const certificate = Certificate.fromDer(chain);
        const fingerprints = this.#remoteFingerprints;
        this.#remoteCertificate = certificate;
        if (fingerprints !== undefined && fingerprints !== 'later')
          checkFingerprint(certificate, fingerprints);
      },
      onQuestion: (question) => {
        this.#checkOpen();
        const id = ++this.#questions;
        this.#question = { id, kind: question.kind };
        this.#outputs.push({ type: 'request', id, ...question });
      },
      onSecret: (secret) => {
        if (!this.#isOpen) wipe(secret);
        this.#checkOpen();
        this.#secrets.push(secret);
      },
      onKeylog: (label, clientRandom, secret) => {
        if (!this.#config.keylog) return;
        this.#outputs.push({ type: 'keylog', line: keyLogLine(label, clientRandom, secret) });
      },
      onEstablished: (session) => this.#established(session),
    };
  }
}

function keyUsedUp(): DtlsError {
  return new DtlsError(
    'ERR_DTLS_LIMIT_EXCEEDED',
    'The key has sealed as many records as is safe (RFC 9147 §4.5.3).',
  );
}
