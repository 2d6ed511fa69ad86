/** The upper 24 bits of 32-bit floats: first every highest byte, then the second, then the third. */
export function floats(bytes: Uint8Array): Float32Array {
  const length = bytes.length / 3;
  const bits = new Uint32Array(length);
  for (let i = 0; i < length; i++) {
    bits[i] = (bytes[i] << 24) | (bytes[length + i] << 16) | (bytes[2 * length + i] << 8);
  }
  return new Float32Array(bits.buffer);
}
