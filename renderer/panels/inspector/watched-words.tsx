import { Crosshair, Square } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import { WORD_SIZES } from '#shared/contract/trigger.ts';
import { MAX_WORD_WATCHES, type WatchedWord, type WordWriter } from '#shared/contract/words.ts';
import { addressOfPage, formatAddress, PAGE_SIZE } from '#shared/memory/page.ts';
import { baseName, codeName, moduleOffset, sourceLine, threadName } from '#shared/writers/code-names.ts';
import { useModel, useSelection, useSession } from '../../model/context.ts';
import { livenessOf } from '../../stores/liveness.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { type Choice, Select } from '../../ui/fields.tsx';
import { formatCount, plural } from '../../ui/format.ts';
import { Message } from '../../ui/message.tsx';
import './writers.css';

type Size = `${(typeof WORD_SIZES)[number]}`;

const SIZES = WORD_SIZES.map((size): Choice<Size> => ({ value: `${size}`, label: plural(size, 'byte') }));
/** How often what was found is read while it is shown. */
const READ_MS = 250;

/** Watches every write to the word at the bytes view's cursor, and shows which code made them. */
export function WatchedWords({ page }: { readonly page: number }) {
  const { words: controller } = useModel();
  const { words, problem } = useStore(controller.store);
  const byte = useSelection((state) => state.byte);
  const isLive = useSession(({ host, state }) => livenessOf(host, state) === 'live');
  const isAble = useSession(({ state }) => state?.source?.capabilities.words === true);
  const [sizeText, setSizeText] = useState<Size>('8');
  const isWatching = words.length > 0;
  useEffect(() => {
    if (!isWatching) return undefined;
    const timer = setInterval(() => controller.refresh(), READ_MS);
    return () => clearInterval(timer);
  }, [controller, isWatching]);
  if (!isAble) return null;
  const size = WORD_SIZES.find((one) => `${one}` === sizeText) ?? 8;
  const at = Math.min(byte, PAGE_SIZE - 1);
  const address = addressOfPage(page) + BigInt(at - (at % size));
  return (
    <div className="inspector__part words" role="group" aria-label="Watched words">
      <div className="writers__buttons">
        <Button
          icon={Crosshair}
          isDisabled={!isLive || words.length >= MAX_WORD_WATCHES}
          onPress={() => void controller.watch({ address, size })}
        >
          Watch writes to this word
        </Button>
        <Select label="Size of the word" hideLabel value={sizeText} choices={SIZES} onChange={setSizeText} />
      </div>
      {problem && <Message message={problem.message} remedy={problem.remedy} />}
      {words.map((word) => (
        <WordWriters key={word.id} word={word} onStop={() => void controller.stop(word.id)} />
      ))}
    </div>
  );
}

function WordWriters({ word, onStop }: { readonly word: WatchedWord; onStop(): void }) {
  const { address, size, writes, unknown, pauses, writers, ended, limitation } = word;
  const name = `${plural(size, 'byte')} at ${formatAddress(address)}`;
  return (
    <>
      <div className="writers__watch" data-testid="watched-word">
        <p>
          <b className="mono">{name}</b> <span className="dim">{plural(writes, 'write')}</span>
          {ended !== null && <span className="dim"> · {ended}</span>}
          {unknown > 0 && <span className="dim"> · of {formatCount(unknown)} the code is unknown</span>}
          {pauses > 0 && (
            <span className="dim"> · {plural(pauses, 'second')} with too many writes watched in part</span>
          )}
        </p>
        <IconButton label={`Stop watching ${name}`} icon={Square} onPress={onStop} />
      </div>
      {limitation !== null && <Message kind="warn" message={limitation} />}
      {writers.length > 0 && (
        <table className="writers" aria-label={`Writers of ${name}`}>
          <thead>
            <tr>
              <th scope="col">Function, source, thread</th>
              <th scope="col" className="num">
                Writes
              </th>
              <th scope="col" className="num">
                Last value
              </th>
            </tr>
          </thead>
          <tbody>
            {writers.map((writer, i) => (
              <WriterRow key={i} writer={writer} />
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function WriterRow({ writer }: { readonly writer: WordWriter }) {
  const { tid, thread, stack, writes, values } = writer;
  const [place, ...callers] = stack;
  if (place === undefined) return null;
  const line = sourceLine(place);
  return (
    <tr>
      <th scope="row">
        <span className="writers__function mono selectable">{codeName(place)}</span>
        <span className="mono dim selectable" title={line ?? place.module ?? ''}>
          {line === null ? moduleOffset(place) : baseName(line)}
        </span>
        <span className="dim">{threadName(tid, thread)}</span>
        {callers.length > 0 && (
          <details>
            <summary className="dim">{plural(callers.length, 'caller')}</summary>
            {callers.map((caller, i) => (
              <div key={i} className="mono selectable ellipsis" title={sourceLine(caller) ?? ''}>
                {codeName(caller)}
              </div>
            ))}
          </details>
        )}
      </th>
      <td className="num">{formatCount(writes)}</td>
      <td className="num mono">
        {values === null ? (
          <span className="faint">unknown</span>
        ) : (
          <>
            {formatAddress(values.after)}
            <div className="dim">before {formatAddress(values.before)}</div>
          </>
        )}
      </td>
    </tr>
  );
}
