"""What makes ministack 1.5.33 behave like AWS where it still differs in ways that a blueprint can notice."""
