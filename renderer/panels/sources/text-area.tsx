import { FieldError, Label, TextArea as AriaTextArea, TextField } from 'react-aria-components';

interface TextAreaProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly placeholder: string;
  readonly rows: number;
  readonly error?: string | undefined;
}

/** A field of several lines, monospaced. */
export function TextArea({ label, value, onChange, placeholder, rows, error }: TextAreaProps) {
  return (
    <TextField className="field" value={value} onChange={onChange} isInvalid={error !== undefined}>
      <Label className="field__label">{label}</Label>
      <div className="field__box field__box--lines">
        <AriaTextArea
          className="field__input field__lines mono"
          rows={rows}
          spellCheck={false}
          autoComplete="off"
          wrap="off"
          placeholder={placeholder}
        />
      </div>
      <FieldError className="field__error">{error ?? ''}</FieldError>
    </TextField>
  );
}
