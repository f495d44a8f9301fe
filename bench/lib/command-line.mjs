// @ts-check
/** What the benchmarks' command lines have in common. */

/** @param {unknown} error */
export const reasonOf = (error) => (error instanceof Error ? error.message : String(error));

/** @param {string} text in place of the line before; nothing where nobody watches */
export const progress = (text) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`);

/** @param {string} name of the benchmark */
export function commandLine(name) {
  /**
   * @param {string} sentence
   * @returns {never}
   */
  function refuse(sentence) {
    process.stderr.write(`${name}: ${sentence}\n`);
    process.exit(1);
  }

  /**
   * @param {string} option
   * @param {string} text
   * @param {number} most
   */
  function positive(option, text, most) {
    const value = Number(text);
    if (!(value > 0 && value <= most))
      refuse(`--${option} takes a number above 0 and up to ${most}, not "${text}"`);
    return value;
  }

  /**
   * @param {string} option
   * @param {string} text words with commas between them
   * @param {readonly string[]} known
   * @returns those of `known` that were named, in its order
   */
  function listOf(option, text, known) {
    const words = text.split(',');
    for (const word of words) {
      if (!known.includes(word)) refuse(`--${option} takes ${known.join(', ')}, not "${word}"`);
    }
    return known.filter((word) => words.includes(word));
  }

  return { refuse, positive, listOf };
}
