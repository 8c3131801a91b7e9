// The playground: puts its parts together. Which server, which example, and what happens.

import "./style/base.css";
import "./style/layout.css";
import "./style/code.css";
import "./style/live.css";
import "./style/dialogs.css";

import { App } from "./app";
import { goOffline } from "./offline/offline";

const app = new App();
void app.start();
// The page comes first.
if (document.readyState === "complete") void goOffline();
else addEventListener("load", () => void goOffline());
