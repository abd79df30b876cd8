import { print } from '../progress.mjs';
import { lint } from '../still-checks.mjs';

/** `npm run lint`. */
export async function main() {
  const { code, output } = await lint();
  if (output !== '') print(output);
  return code ?? 1;
}
