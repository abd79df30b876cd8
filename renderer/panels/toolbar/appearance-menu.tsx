import { Palette } from 'lucide-react';
import { Button, Header, Menu, MenuItem, MenuSection, MenuTrigger, Popover } from 'react-aria-components';
import { Check } from 'lucide-react';
import { useModel, useView } from '../../model/context.ts';
import { COLOUR_MAPS, COLOURINGS, THEMES } from '../../stores/view-store.ts';

const NAMES: Readonly<Record<string, string>> = {
  system: 'Use system theme',
  dark: 'Dark',
  light: 'Light',
  cividis: 'Cividis',
  viridis: 'Viridis',
  contrast: 'High contrast',
  age: 'Last written',
  often: 'How often',
  writers: 'Writers',
};

/** Theme, what the colours of the map mean, and colour map. */
export function AppearanceMenu() {
  const { view } = useModel();
  const theme = useView((state) => state.theme);
  const colouring = useView((state) => state.colouring);
  const colourMap = useView((state) => state.colourMap);
  return (
    <MenuTrigger>
      <Button className="button button--quiet button--icon" aria-label="Theme and colours">
        <Palette className="icon" aria-hidden />
      </Button>
      <Popover className="popover" offset={6} placement="bottom end">
        <Menu
          className="menu"
          aria-label="Theme and colours"
          onAction={(key) => {
            const nextTheme = THEMES.find((name) => name === key);
            const nextColouring = COLOURINGS.find((name) => name === key);
            const nextMap = COLOUR_MAPS.find((name) => name === key);
            if (nextTheme) view.setState({ theme: nextTheme });
            if (nextColouring) view.setState({ colouring: nextColouring });
            if (nextMap) view.setState({ colourMap: nextMap });
          }}
        >
          <Section title="Theme" names={THEMES} selected={theme} />
          <Section title="Colour pages by" names={COLOURINGS} selected={colouring} />
          <Section title="Colours of the map" names={COLOUR_MAPS} selected={colourMap} />
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

interface SectionProps {
  readonly title: string;
  readonly names: readonly string[];
  readonly selected: string;
}

function Section({ title, names, selected }: SectionProps) {
  return (
    <MenuSection selectionMode="single" selectedKeys={[selected]}>
      <Header className="menu__section">{title}</Header>
      {names.map((name) => (
        <MenuItem key={name} id={name} className="menu__item" textValue={NAMES[name] ?? name}>
          <Check className={name === selected ? 'icon' : 'icon toolbar__unchecked'} aria-hidden />
          {NAMES[name] ?? name}
        </MenuItem>
      ))}
    </MenuSection>
  );
}
