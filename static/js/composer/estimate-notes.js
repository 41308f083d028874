// What else there is to say about a message before it is sent: that it is long, costs much, or what an image costs.

import { showIfCostly } from "./costly-message.js";
import { showImagePrice } from "./estimate-image.js";
import { showContextUsage } from "./context-usage.js";

export function show(composer, models, money) {
  showContextUsage(composer, models);
  showIfCostly(composer, models, money);
  if (models.some(({ imageOut }) => imageOut)) showImagePrice(composer, models, money);
}
