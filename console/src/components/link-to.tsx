/** The router's link as an <a> that Mantine's components can wear: `<Button component={LinkTo} to="/campaigns">`. */
export { Link as LinkTo } from '@tanstack/react-router'
