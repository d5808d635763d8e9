//! The judge as a whole, on machines of our own making.
