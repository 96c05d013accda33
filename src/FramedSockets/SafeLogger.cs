using Microsoft.Extensions.Logging;

namespace FramedSockets;

/// <summary>
/// A logger of the user's, which may throw anything: what is said about a connection, often from a thread that is nobody's, must not
/// decide how that connection or the process ends.
/// </summary>
internal sealed class SafeLogger(ILogger log) : ILogger
{
    /// <summary>Makes the logger of a category.</summary>
    public static SafeLogger Create(ILoggerFactory factory, string category) => new(factory.CreateLogger(category));

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => log.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return log.IsEnabled(logLevel);
        }
        catch (Exception)
        {
            // There is nobody to tell that telling fails.
            return false;
        }
    }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            log.Log(logLevel, eventId, state, exception, formatter);
        }
        catch (Exception)
        {
            // As above.
        }
    }
}
