"""Live pages: the server says that something of a kind is new, and the page fetches the part that shows it again.

To mark a part of a page, in a template that extends base.html, give it an id and the kinds it shows (changes.KINDS):

    <section id="counts" data-live="fleet alerts"> ... </section>

When one of them changes, scripts/live.js asks for the same page again and puts the new part in the old one's place.
Nothing else is to be done. Open <details> stay open; a part in which somebody types or has the focus waits.
"""
