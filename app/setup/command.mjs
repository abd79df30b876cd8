// `node app/setup/command.mjs NAME ARGUMENTS`: what every script of package.json runs, commands/NAME.mjs.
import './node-version.mjs';

// Loaded only now: an old Node would fail to parse these modules before it could print why.
const { runEntry } = await import('./problem.mjs');
const [name, ...args] = process.argv.slice(2);
await runEntry(async () => (await import(`./commands/${name}.mjs`)).main(args));
