import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '../../../app/setup/paths.mjs';
import { Problem } from '../../../app/setup/problem.mjs';
import { step } from '../../../app/setup/progress.mjs';
import { fillOnce } from '../../../app/setup/runtime/cache.mjs';
import { PrivateApt, unpack } from './apt.mjs';

/**
 * A kernel that the tests run on.
 * @typedef {{ name: string, metaPackage: string, has: string }} Kernel
 */

/** Debian 12's stock kernels for virtual machines; each follows its series' security updates when it is fetched. */
export const kernels = /** @type {const} */ ([
  {
    name: '6.1',
    metaPackage: 'linux-image-cloud-amd64',
    has: 'soft-dirty, no PAGEMAP_SCAN',
  },
  {
    name: '6.12',
    metaPackage: 'linux-image-6.12-cloud-amd64',
    has: 'soft-dirty, PAGEMAP_SCAN, asynchronous write-protection',
  },
]);

/** Everything fetched is here; the number changes with the recipe. */
const store = join(cacheDir(), 'vm', '1');

/** QEMU, its libraries and BusyBox, unpacked: they run from here and are never installed. */
export const tools = join(store, 'tools');

/** @param {Kernel} kernel */
const kernelFolder = (kernel) => join(store, `linux-${kernel.name}`);

/** @param {Kernel} kernel @returns {{ image: string, version: string }} */
export function kernelFiles(kernel) {
  const folder = kernelFolder(kernel);
  return { image: join(folder, 'vmlinuz'), version: readFileSync(join(folder, 'version'), 'utf8').trim() };
}

/** Fetches what is not there yet: about 105 MB, once. @param {readonly Kernel[]} wanted */
export async function prepareMachine(wanted) {
  const missing = wanted.filter((kernel) => !existsSync(kernelFolder(kernel)));
  if (missing.length === 0 && existsSync(tools)) return;
  await step('Fetching QEMU and kernels from Debian', async (report) => {
    const folder = join(store, `apt-${process.pid}`);
    const apt = new PrivateApt(folder);
    try {
      mkdirSync(folder, { recursive: true });
      report('package lists');
      await apt.open();
      report('QEMU');
      await fillOnce(tools, (work) => fetchTools(apt, work));
      for (const kernel of missing) {
        report(`Linux ${kernel.name}`);
        await fillOnce(kernelFolder(kernel), (work) => fetchKernel(apt, kernel, work));
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

/** @param {PrivateApt} apt @param {string} work */
async function fetchTools(apt, work) {
  await unpack(await apt.fetch(['qemu-system-x86', 'busybox-static'], 'with dependencies'), work);
  for (const name of ['doc', 'man', 'locale', 'iso-codes', 'xml', 'perl5', 'zoneinfo']) {
    rmSync(join(work, 'usr', 'share', name), { recursive: true, force: true });
  }
}

/** @param {PrivateApt} apt @param {Kernel} kernel @param {string} work */
async function fetchKernel(apt, kernel, work) {
  const name = await apt.dependency(kernel.metaPackage);
  const version = name.replace(/^linux-image-/, '');
  // "6.1" must not match a later series that took over the same name.
  if (!version.startsWith(`${kernel.name}.`)) {
    throw new Problem(
      `Debian’s ${kernel.metaPackage} is now ${version}, and these tests are written for ${kernel.name}.`,
      'Name the package that holds that series in e2e/tools/guests/machine.mjs.',
    );
  }
  const whole = join(work, 'package');
  await unpack(await apt.fetch([name], 'alone'), whole);
  const image = readdirSync(join(whole, 'boot')).find((file) => file.startsWith('vmlinuz-'));
  if (image === undefined) throw new Error(`${name} holds no kernel`);
  copyFileSync(join(whole, 'boot', image), join(work, 'vmlinuz'));
  rmSync(whole, { recursive: true });
  writeFileSync(join(work, 'version'), `${version}\n`);
}
