import { formatPage } from '#shared/memory/page.ts';
import { parseScenario } from '../scenarios/validate.ts';
import { ScenarioProgram } from '../simulated/stepping/scenario-program.ts';
import { StepPlayer } from '../simulated/stepping/step-player.ts';
import { writtenChain } from '../simulated/stepping/why.ts';

/** Sub-steps that are made into text at a time. */
const CHUNK = 500;

/**
 * The sub-steps of a scenario, call by call: number, kind, kernel function, sentence. If `page` is given, what made that
 * page count as written follows. A scenario that is not valid throws an InspectorError that names step and field.
 */
export function* stepLines(text: string, file: string, page: number | null): Generator<string> {
  const player = new StepPlayer(new ScenarioProgram(parseScenario(text, file)));
  player.move({ to: 'end' });
  let call = -1;
  for (let from = 0; from < player.known; from += CHUNK) {
    const { subSteps } = player.list(from, CHUNK);
    for (const subStep of subSteps) {
      if (subStep.call !== call) {
        call = subStep.call;
        const made = player.calls[call];
        yield `\n${call + 1}  ${made?.text ?? ''} → ${made?.result ?? ''}\n`;
      }
      const { number, kind, sentence } = subStep;
      yield `${String(number).padStart(6)}  ${kind.padEnd(8)} ${subStep.function.padEnd(28)} ${sentence}\n`;
    }
  }
  const { failure } = player.state();
  if (failure !== null) yield `\nStopped: ${failure}\n`;
  if (page !== null) yield* whyLines(player, page);
  player.close();
}

function* whyLines(player: StepPlayer, page: number): Generator<string> {
  const { since, links } = writtenChain(player, page);
  yield `\nWhy ${formatPage(page)} is written, since ${since}:\n`;
  if (links.length === 0) yield '  nothing happened to it\n';
  for (const { number, cause, effect, call } of links) {
    yield `${String(number).padStart(6)}  ${cause} ${effect}  (${call})\n`;
  }
}
