import {
  ChevronsDownUp,
  Maximize2,
  PanelLeft,
  PanelRight,
  Pause,
  Play,
  ScanLine,
  Square,
  Unplug,
} from 'lucide-react';
import type { SessionState } from '#shared/contract/session-state.ts';
import { MODE_SENTENCES } from '#shared/source/sample-mode.ts';
import { useActions } from '../../actions/context.ts';
import { useMap } from '../../heatmap/view/context.ts';
import { useModel, useSession, useView } from '../../model/context.ts';
import { livenessOf } from '../../stores/liveness.ts';
import { IconButton, IconToggle } from '../../ui/button.tsx';
import { CutName } from '../../ui/cut-name.tsx';
import { Segmented, Select } from '../../ui/fields.tsx';
import { ProgramControls } from './program-controls.tsx';
import { ExportMenu } from './export-menu.tsx';
import { AppearanceMenu } from './appearance-menu.tsx';
import { SourceFacts, stateText } from './source-facts.tsx';
import './toolbar.css';

const RATES = ['1', '2', '5', '10', '20', '30', '60'] as const;
type Rate = (typeof RATES)[number];

interface ToolbarProps {
  readonly leftOpen: boolean;
  readonly rightOpen: boolean;
  readonly onLeft: (open: boolean) => void;
  readonly onRight: (open: boolean) => void;
}

/** The open source and how it is sampled; the program's controls; the look of the map. */
export function Toolbar({ leftOpen, rightOpen, onLeft, onRight }: ToolbarProps) {
  const model = useModel();
  const actions = useActions();
  const map = useMap();
  const state = useSession((session) => session.state);
  const liveness = useSession((session) => livenessOf(session.host, session.state));
  const isLive = liveness === 'live';
  const word = state ? stateText(state, liveness) : '';
  const fold = useView((view) => view.fold);
  const source = state?.source ?? null;
  return (
    <header className="toolbar" aria-label="Source and sampling">
      <IconToggle
        label="Mappings"
        icon={PanelLeft}
        shortcut={actions.keyOf('view.side-left')}
        isSelected={leftOpen}
        onChange={onLeft}
      />
      {state && source && (
        <>
          <div
            className="toolbar__source"
            title={`${source.description.title}\n${source.description.detail}`}
          >
            <h1 className="toolbar__title ellipsis" data-testid="source-title">
              {source.description.title}
            </h1>
            <span className="toolbar__detail faint">
              <span>
                <span className="dim" data-testid="source-state">
                  {word}
                </span>
                {word === '' ? '' : ' · '}
              </span>
              <CutName name={source.description.detail} />
            </span>
          </div>
          <SourceFacts word={word} source={source} />
          {!source.playback && source.capabilities.steps !== true && (
            <SamplingControls state={state} isLive={isLive} />
          )}
          <ProgramControls source={source} isLive={isLive} />
        </>
      )}
      <span className="toolbar__space" />
      <IconToggle
        label="Fold memory that was never touched"
        icon={ChevronsDownUp}
        isSelected={fold}
        onChange={(next) => model.view.setState({ fold: next })}
      />
      <IconButton
        label="Show everything"
        icon={Maximize2}
        shortcut={actions.keyOf('map.fit-all')}
        onPress={() => map.camera.frameAll()}
      />
      <ExportMenu />
      <AppearanceMenu />
      <div className="toolbar__group">
        {source?.description.launched && source.capabilities.control.includes('kill') && (
          <IconButton
            label="Stop program"
            icon={Square}
            isDisabled={!isLive}
            onPress={() => void actions.run('program.kill')}
          />
        )}
        <IconButton label="Close source" icon={Unplug} onPress={() => void model.source.close()} />
      </div>
      <IconToggle
        label="Inspector and operations"
        icon={PanelRight}
        shortcut={actions.keyOf('view.side-right')}
        isSelected={rightOpen}
        onChange={onRight}
      />
    </header>
  );
}

function SamplingControls({ state, isLive }: { readonly state: SessionState; readonly isLive: boolean }) {
  const model = useModel();
  const actions = useActions();
  const rate = RATES.find((one) => Number(one) === state.hz);
  const choices = RATES.map((one) => ({ value: one, label: `${one} Hz` }));
  return (
    <div className="toolbar__group" role="group" aria-label="Sampling">
      <span className="toolbar__caption">Sampling</span>
      <IconButton
        label={state.paused ? 'Resume sampling' : 'Pause sampling'}
        icon={state.paused ? Play : Pause}
        shortcut={actions.keyOf('sampling.toggle')}
        isDisabled={!isLive}
        onPress={() => void model.source.configure({ paused: !state.paused })}
      />
      <IconButton
        label="Take one sample"
        shortcut={actions.keyOf('sampling.once')}
        icon={ScanLine}
        isDisabled={!isLive}
        onPress={() => void model.source.sample()}
      />
      <Segmented
        label="Sampling mode"
        value={state.mode}
        choices={[
          { value: 'interval', label: 'Interval', hint: MODE_SENTENCES.interval },
          { value: 'hold', label: 'Hold', hint: MODE_SENTENCES.hold },
        ]}
        isDisabled={!isLive}
        onChange={(mode) => void model.source.configure({ mode })}
      />
      <div className="toolbar__rate">
        <Select<Rate | 'other'>
          label="Sample rate"
          hideLabel
          value={rate ?? 'other'}
          choices={rate ? choices : [{ value: 'other', label: `${state.hz} Hz` }, ...choices]}
          isDisabled={!isLive}
          onChange={(hz) => {
            if (hz !== 'other') void model.source.configure({ hz: Number(hz) });
          }}
        />
      </div>
    </div>
  );
}
