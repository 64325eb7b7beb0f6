"""Defence: who sends how much, who fails how often, who is banned, and what overload sheds."""
