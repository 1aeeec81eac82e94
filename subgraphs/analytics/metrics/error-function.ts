/** From here on the error function is 1 in double precision. */
const SATURATION = 6;

/**
 * Error function: erf x = 2/√π · e^(-x²) · Σ 2^k x^(2k+1) / (2k+1)!!, a series without cancellation (Abramowitz and
 * Stegun, "Handbook of Mathematical Functions", 7.1.6). For a standard normal Z, P(|Z| ≤ z) = erf(z / √2).
 */
export function errorFunction(x: number): number {
  const size = Math.abs(x);
  if (size >= SATURATION) return Math.sign(x);
  let term = size;
  let sum = size;
  for (let k = 1; term > sum * Number.EPSILON; k++) {
    term *= (2 * size * size) / (2 * k + 1);
    sum += term;
  }
  return Math.sign(x) * Math.min(1, (2 / Math.sqrt(Math.PI)) * Math.exp(-size * size) * sum);
}
