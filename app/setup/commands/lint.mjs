import { print } from '../progress.mjs';
import { lint } from '../still-checks.mjs';

/** `npm run lint`. @param {string[]} files for ESLint, relative to the top folder; none: all */
export async function main(files) {
  const { code, output } = await lint(files.length > 0 ? files : undefined);
  if (output !== '') print(output);
  return code ?? 1;
}
