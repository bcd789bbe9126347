"""The macros that every form is made of."""

from flask import Flask, render_template_string

FORMS = '{% from "_parts/forms.html" import choice, field, tick with context %}'


def test_an_attribute_stands_bare_with_its_value_or_not_at_all(app: Flask) -> None:
    with app.test_request_context():
        said = render_template_string(
            FORMS + '{{ field("a", "A", required=true, maxlength=9, disabled=false, pattern=none) }}'
            '{{ choice("b", "B", [], required=false) }}{{ tick("c", "C", required=false, title="\\"<") }}'
        )

    assert ' required maxlength="9">' in said
    assert said.count("required") == 1
    assert "disabled" not in said
    assert "pattern" not in said
    assert 'title="&#34;&lt;"' in said
