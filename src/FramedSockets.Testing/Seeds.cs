namespace FramedSockets.Testing;

/// <summary>Runs a test once for each of many seeds, and says which one it failed with.</summary>
public static class Seeds
{
    /// <summary>Runs a test with one seed after the other, until it fails.</summary>
    /// <param name="first">The first seed; the smallest follows the largest. To see a failure again, begin with its seed.</param>
    /// <param name="count">How many seeds; 1 or more.</param>
    /// <param name="test">The test; everything random in it comes from its seed.</param>
    /// <returns>A task that ends when the test has passed with every seed.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is less than 1.</exception>
    /// <exception cref="SeedFailedException">The test failed; the exception says with which seed, and the inner one how.</exception>
    public static async Task RunAsync(int first, int count, Func<int, Task> test)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentNullException.ThrowIfNull(test);
        for (var i = 0; i < count; i++)
        {
            var seed = unchecked(first + i);
            try
            {
                await test(seed).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                throw new SeedFailedException(seed, e);
            }
        }
    }
}
