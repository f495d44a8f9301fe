import { TELEPHONE_RATE } from '../audio/resample.ts';
import { drawWaveform } from '../audio/waveform.ts';
import type { CallStats, WireStats } from './audio-call.ts';

/** A picture of a sound, for terminals of `columns`, with a margin. */
export function soundPicture(samples: Int16Array, columns: number): string[] {
  const margin = '   ';
  return drawWaveform(samples, { width: columns - 2 * margin.length, height: 4 }).map(
    (line) => margin + line,
  );
}

export function sentLine({ sent }: CallStats): string {
  const parts = [...wireParts(sent), ...(sent.unsent === 0 ? [] : [`${sent.unsent} did not leave`])];
  return `Sent: ${parts.join(', ')}`;
}

/** `tooEarly`: packets for which there was no room any more while they waited for the keys. */
export function receivedLine({ received }: CallStats, tooEarly: number): string {
  const { srtpPackets, lost, late, duplicates, other, malformed } = received;
  const parts = [
    ...wireParts(received),
    ...(srtpPackets + lost === 0 ? [] : [`${lost} lost`]),
    ...(tooEarly === 0 ? [] : [`${tooEarly} too many to wait for the keys`]),
    ...(late === 0 ? [] : [`${late} too late`]),
    ...(duplicates === 0 ? [] : [`${duplicates} twice`]),
    ...(other === 0 ? [] : [`${other} that are neither PCMU nor PCMA of the first stream`]),
    ...(malformed === 0 ? [] : [`${malformed} malformed`]),
    ...discardParts(received.discards),
  ];
  return `Received: ${parts.join(', ')}`;
}

/** `5.0 s` */
export function duration(samples: number): string {
  return `${(samples / TELEPHONE_RATE).toFixed(1)} s`;
}

/** `1 packet`, `45,500 bytes` */
export function count(number: number, what: string): string {
  return `${number.toLocaleString('en')} ${what}${number === 1 ? '' : 's'}`;
}

function wireParts({ srtpPackets, srtpBytes, srtcpPackets }: WireStats): string[] {
  const audio = `${count(srtpPackets, 'SRTP packet')} of ${count(srtpBytes, 'byte')} in all`;
  return [srtpPackets === 0 ? 'no audio' : audio, count(srtcpPackets, 'SRTCP packet')];
}

function discardParts(discards: Readonly<Record<string, number>>): string[] {
  const reasons = Object.entries(discards).filter(([, number]) => number > 0);
  return reasons.map(([reason, number]) => `${number} discarded (${reason})`);
}
