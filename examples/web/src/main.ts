import { type Connection, forgetConnection, loadConnection, saveConnection } from './connection.ts';
import { connectionForm } from './connection-form.ts';
import { openDashboard } from './dashboard.ts';
import './style.css';

/** The app is one of two pages: the form that asks where to connect, and the dashboard of a portfolio. */
const app = document.querySelector('#app') as HTMLElement;

function showForm(message?: string): void {
  app.replaceChildren(
    connectionForm(loadConnection(), message, (connection) => {
      saveConnection(connection);
      showDashboard(connection);
    }),
  );
}

function showDashboard(connection: Connection): void {
  const dashboard = openDashboard(connection, (message) => {
    dashboard.close();
    if (message === undefined) forgetConnection();
    showForm(message);
  });
  app.replaceChildren(dashboard.element);
}

const known = loadConnection();
if (known.key !== '' && known.portfolioId !== '') showDashboard(known);
else showForm();
