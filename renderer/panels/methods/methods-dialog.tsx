import { Play, Square, X } from 'lucide-react';
import { Dialog, Heading } from 'react-aria-components';
import { Overlay } from '../../ui/overlay.tsx';
import { LAB_SIZE, METHOD_IDS, METHODS, type MethodId } from '#shared/methods/methods.ts';
import { useMethods, useModel } from '../../model/context.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { formatBytes } from '../../ui/format.ts';
import { Message } from '../../ui/message.tsx';
import { Claims } from './claims.tsx';
import { MethodCharts } from './method-charts.tsx';
import './methods.css';

/** Every tracking method, explained in a sentence and measured on this machine while one watches. */
export function MethodsDialog() {
  const { methods: lab } = useModel();
  const isOpen = useMethods((store) => store.isOpen);
  const onClose = (): void => lab.open(false);
  const running = useMethods((store) => store.running);
  const rows = useMethods((store) => store.rows);
  const report = useMethods((store) => store.report);
  const failure = useMethods((store) => store.failure);
  if (!isOpen) return null;
  return (
    <Overlay className="keyhelp methods" onClose={onClose}>
      <Dialog className="keyhelp__dialog">
        <header className="keyhelp__head">
          <Heading slot="title" level={2}>
            Tracking methods
          </Heading>
          <span className="faint" role="status" data-testid="methods-status">
            {running && `Measuring, ${rows.length} cases done …`}
            {report &&
              `Linux ${report.kernel}, ${report.processors} processors, ${formatBytes(report.size.bytes)}, ${(report.tookMs / 1000).toFixed(0)} s`}
          </span>
          {running ? (
            <Button icon={Square} onPress={() => void lab.cancel()}>
              Cancel
            </Button>
          ) : (
            <Button icon={Play} kind="primary" onPress={() => void lab.run()}>
              {report ? 'Measure again' : 'Measure'}
            </Button>
          )}
          <IconButton label="Close" icon={X} onPress={onClose} />
        </header>
        <div className="methods__body" tabIndex={0} role="group" aria-label="Results">
          {failure && <Message message={failure.message} remedy={failure.remedy} />}
          <ul className="methods__list">
            {METHOD_IDS.map((id) => (
              <Method key={id} id={id} />
            ))}
          </ul>
          {rows.length > 0 ? (
            <MethodCharts rows={rows} />
          ) : (
            <p className="empty">
              A separate program writes {formatBytes(LAB_SIZE.bytes)} in each of these ways: 1, 10 and 100 %
              of the pages, with 1 to 8 threads, 4 KiB and huge pages. It takes half a minute and all
              processors.
            </p>
          )}
          {report && <Claims report={report} />}
        </div>
      </Dialog>
    </Overlay>
  );
}

function Method({ id }: { readonly id: MethodId }) {
  const reason = useMethods((store) => store.methods.find(({ method }) => method === id)?.reason ?? null);
  const { name, explanation } = METHODS[id];
  return (
    <li className="methods__method">
      <span className={`methods__swatch methods__swatch--${id}`} aria-hidden />
      <div>
        <b>{name}</b> <span className="dim">{explanation}</span>
        {reason !== null && <p className="methods__reason">Not available: {reason}</p>}
      </div>
    </li>
  );
}
