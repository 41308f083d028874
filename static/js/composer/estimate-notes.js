// What else there is to say about a message before it is sent: that it is long, or costs much.

import { showIfCostly } from "./costly-message.js";
import { showFullness } from "./fullness.js";

export function show(composer, models, money) {
  showFullness(composer, models);
  showIfCostly(composer, models, money);
}
