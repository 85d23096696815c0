const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Whether a text is a token in GitHub's format of 40 characters: its last six are the checksum of the 30 before them. */
export function isChecked(text: string): boolean {
  return /^gh[a-z]_[A-Za-z0-9]{36}$/.test(text) && text.slice(34) === checksum(text.slice(4, 34));
}

/** CRC-32 in six characters of base 62. */
export function checksum(text: string): string {
  let rest = crc32(text);
  let sum = "";
  for (let place = 0; place < 6; place++) {
    sum = base62.charAt(rest % 62) + sum;
    rest = Math.floor(rest / 62);
  }
  return sum;
}

/** node:zlib has it since Node 20.15 only. */
function crc32(text: string): number {
  let sum = 0xffffffff;
  for (const byte of Buffer.from(text)) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return (sum ^ 0xffffffff) >>> 0;
}
