/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** Where the gateway answers; the form shows it. */
  readonly VITE_API_URL?: string;
  readonly VITE_PORTFOLIO_ID?: string;
}
