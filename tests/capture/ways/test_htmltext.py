"""What people read of a mail's HTML, and nothing else of it."""

import pytest

from capture.ways.mail.htmltext import text_of


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Dear Jo,</p><p>your invoice</p>", "Dear Jo,\n\nyour invoice"),
        ("<table><tr><td>Net</td><td>10.00</td></tr></table>", "Net   10.00"),
        ("<style>p {}</style><script>run()</script>Total", "Total"),
        ("<head><title>x</title></head><body><h1>Thank you</h1>&pound;12.40<br>b</body>", "Thank you\n£12.40\nb"),
        ("<noscript><svg>left open</noscript>Total", "Total"),  # ends with what it is in
        ("</noscript>Total", "Total"),
    ],
)
def test_the_text_of_html_is_what_people_read(html: str, text: str) -> None:
    assert text_of(html) == text
