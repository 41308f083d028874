"""/app.webmanifest: the site among the apps of a device."""

from django.contrib.staticfiles import finders
from PIL import Image


def test_it_has_what_browsers_ask_for(client, settings):
    settings.SITE_NAME = "Our place"
    response = client.get("/app.webmanifest", SERVER_NAME="localhost")
    manifest = response.json()

    assert response.headers["Content-Type"] == "application/manifest+json"
    assert (manifest["name"], manifest["start_url"], manifest["display"]) == ("Our place", "/", "standalone")
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in manifest["icons"]}
    assert "maskable" in {icon.get("purpose") for icon in manifest["icons"]}


def test_its_icons_are_of_the_size_that_it_says(client):
    for icon in client.get("/app.webmanifest", SERVER_NAME="localhost").json()["icons"]:
        path = finders.find(icon["src"].removeprefix("/static/"))
        assert path
        with Image.open(path) as image:
            assert "x".join(map(str, image.size)) == icon["sizes"]
