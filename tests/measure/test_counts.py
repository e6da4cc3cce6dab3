

def test_places_can_be_told_apart_in_a_table_whose_districts_are_all_missing():
    rows = pd.DataFrame({"locality": ["Idlib"], "admin1": pd.array([None], "string")})
    assert locality_keys(rows).notna().all()
    assert locality_keys(rows[:0]).empty
