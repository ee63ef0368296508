// SPDX-License-Identifier: MIT
#ifndef MMVIEW_MMVIEW_HPP
#define MMVIEW_MMVIEW_HPP

/*
 * mmview.hpp: the library for C++20, in this one header: handles that close themselves, std::span, walks with a lambda.
 *
 *     mmview::map image = mmview::map::open("image.raw", MMV_READ_WRITE);
 *     mmview::walk<std::int16_t>(image, [](std::span<std::int16_t> samples) {
 *         for (auto &sample : samples)
 *             sample = brighter(sample);
 *     });
 *
 * Each object has one handle of the C interface; native() returns the handle. The headers of the C interface describe
 * shapes, units, threads and errors. Objects are moved, not copied. An object that was moved from has no handle: it may
 * only be assigned to and destroyed.
 *
 * Errors. A call that fails throws mmview::error, which has all fields of mmv_error. To do without exceptions, call the
 * functions that begin with try_. They return a result<T>, which has a value or an mmv_error.
 *
 * With -fno-exceptions a call that would throw writes the error as a line to stderr and aborts. The try_ calls work as
 * they do with exceptions. All sources of a program must be compiled with exceptions, or all without.
 *
 * Destructors close their objects, and do not report errors. Where an error of closing matters, close the object before
 * its destructor runs: view::close(flush), journal::end(), output::publish().
 */

#include <mmview/mmview.h>

#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <variant>

namespace mmview
{

// ---- errors ---------------------------------------------------------------------------------------------------------

/** The exception of a failed call. what() is the line of mmv_error_format(), details() is the whole mmv_error. */
class error : public std::runtime_error
{
  public:
    explicit error(const mmv_error &from) : std::runtime_error(line_of(from)), from_(from)
    {
    }

    mmv_status status() const noexcept
    {
        return from_.status;
    }
    const mmv_error &details() const noexcept
    {
        return from_;
    }

  private:
    static std::string line_of(const mmv_error &from)
    {
        std::array<char, 1024> text{};
        mmv_error_format(&from, text.data(), text.size());
        return text.data();
    }

    mmv_error from_;
};

namespace detail
{

[[noreturn]] inline void raise(const mmv_error &failure)
{
#if defined(__cpp_exceptions)
    throw error(failure);
#else
    std::fprintf(stderr, "%s\n", error(failure).what());
    std::abort();
#endif
}

} // namespace detail

/** A value, or the error that says why there is none, like std::expected of later standards. */
template <class T> class [[nodiscard]] result
{
  public:
    result(T value) : either_(std::in_place_index<0>, std::move(value))
    {
    }
    result(const mmv_error &failure) : either_(std::in_place_index<1>, failure)
    {
    }

    bool has_value() const noexcept
    {
        return either_.index() == 0;
    }
    explicit operator bool() const noexcept
    {
        return has_value();
    }

    /** Throws mmview::error when there is no value. */
    T &value() &
    {
        throw_failure();
        return std::get<0>(either_);
    }
    const T &value() const &
    {
        throw_failure();
        return std::get<0>(either_);
    }
    T value() &&
    {
        throw_failure();
        return std::move(std::get<0>(either_));
    }
    T &operator*() &
    {
        return std::get<0>(either_);
    }
    const T &operator*() const &
    {
        return std::get<0>(either_);
    }
    T &&operator*() &&
    {
        return std::move(std::get<0>(either_));
    }
    T *operator->()
    {
        return &std::get<0>(either_);
    }
    const T *operator->() const
    {
        return &std::get<0>(either_);
    }

    /** Call this only when there is no value. */
    const mmv_error &error() const
    {
        return std::get<1>(either_);
    }

  private:
    void throw_failure() const
    {
        if (!has_value())
            detail::raise(std::get<1>(either_));
    }

    std::variant<T, mmv_error> either_;
};

/** The result of a call that returns no value. */
template <> class [[nodiscard]] result<void>
{
  public:
    result() = default;
    result(const mmv_error &failure) : failure_(failure)
    {
    }

    bool has_value() const noexcept
    {
        return !failure_;
    }
    explicit operator bool() const noexcept
    {
        return has_value();
    }
    void value() const
    {
        if (failure_)
            detail::raise(*failure_);
    }
    const mmv_error &error() const
    {
        return *failure_;
    }

  private:
    std::optional<mmv_error> failure_{};
};

namespace detail
{

/** The thread's latest failure, after a call that returned 'status'. */
inline mmv_error failure_of(mmv_status status)
{
    mmv_error failure = *mmv_last_error();
    if (failure.status != status) {
        failure = mmv_error{};
        failure.status = status;
    }
    return failure;
}

inline void check(mmv_status status)
{
    if (status != MMV_OK)
        raise(failure_of(status));
}

inline result<void> result_of(mmv_status status)
{
    if (status != MMV_OK)
        return failure_of(status);
    return {};
}

/** 'parameter' is the name of a bad argument, or NULL. */
[[noreturn]] inline void refuse(mmv_status status, const char *operation, const char *parameter)
{
    if (parameter != nullptr)
        mmv_error_set_parameter(status, operation, parameter);
    else
        mmv_error_set(status, 0, operation);
    raise(*mmv_last_error());
}

template <auto Close> struct closer {
    template <class Handle> void operator()(Handle *handle) const
    {
        Close(&handle);
    }
};

/** A handle of the C interface that closes itself. */
template <class Handle, auto Close> class owner
{
  public:
    explicit owner(Handle *handle) noexcept : handle_(handle)
    {
    }
    owner(owner &&) noexcept = default;
    owner &operator=(owner &&) noexcept = default;

    Handle *native() const noexcept
    {
        return handle_.get();
    }
    void close() noexcept
    {
        handle_.reset();
    }

  protected:
    ~owner() = default;

  private:
    std::unique_ptr<Handle, closer<Close>> handle_;
};

/** A handle that a call of C has made, as an object of C++. */
template <class Object, class Handle> result<Object> made(mmv_status status, Handle *handle)
{
    if (status != MMV_OK)
        return failure_of(status);
    return Object(handle);
}

/** True for success, false when the time was up. Other failures are thrown. */
inline bool in_time(mmv_status status)
{
    if (status == MMV_ETIMEOUT)
        return false;
    check(status);
    return true;
}

/** Any duration as a double, which does not overflow. */
template <class Rep, class Period> double milliseconds(const std::chrono::duration<Rep, Period> &time)
{
    return std::chrono::duration<double, std::milli>(time).count();
}

/** Calls wait(milliseconds), at least once, until it returns true or the time is up. Never waits less than asked. */
template <class Wait> bool wait_for(double time, Wait &&wait)
{
    constexpr std::uint32_t longest = MMV_FOREVER - 1;
    for (; time > longest; time -= longest)
        if (wait(longest))
            return true;
    return wait(time > 0 ? static_cast<std::uint32_t>(std::ceil(time)) : std::uint32_t{0});
}

/**
 * Waits until 'end'. Reads the clock after each wait: somebody may set this clock, or it may run faster or slower than
 * the clock by which the wait is measured.
 */
template <class Clock, class Duration, class Wait>
bool wait_until(const std::chrono::time_point<Clock, Duration> &end, Wait &&wait)
{
    const double last = milliseconds(end.time_since_epoch());
    auto left = [&] { return last - milliseconds(Clock::now().time_since_epoch()); };
    do {
        if (wait_for(left(), wait))
            return true;
    } while (left() > 0);
    return false;
}

/**
 * Whether T is bool, an enumeration whose underlying type is bool, or an array of these. A byte of a file is a valid
 * bool only when it is 0 or 1, and it may have any value.
 */
template <class T> struct is_bool : std::is_same<std::remove_cv_t<T>, bool> {
};
template <class T>
requires std::is_enum_v<T>
struct is_bool<T> : std::is_same<std::underlying_type_t<T>, bool> {
};
template <class T, std::size_t Count> struct is_bool<T[Count]> : is_bool<T> {
};
template <class T, std::size_t Count> struct is_bool<std::array<T, Count>> : is_bool<T> {
};
template <class T, std::size_t Count> struct is_bool<const std::array<T, Count>> : is_bool<T> {
};

/** This is an assertion and not a constraint, so that the compiler shows its text to the user. */
template <class T> constexpr void check_spanned()
{
    static_assert(!is_bool<T>::value,
                  "a byte of a file may be neither 0 nor 1, which no bool may be: take std::uint8_t, or read<bool>()");
}

} // namespace detail

// ---- maps and views -------------------------------------------------------------------------------------------------

/** The type of a record, whose bytes may be copied, and stored in files, as they are. */
template <class T>
concept record = std::is_trivially_copyable_v<T>;

/** An mmv_view: a slice of a map as memory. */
class view
{
  public:
    explicit view(const mmv_view &from) noexcept : view_(from)
    {
    }
    view(view &&other) noexcept : view_(std::exchange(other.view_, mmv_view{}))
    {
    }
    view(const view &) = delete;
    view &operator=(const view &) = delete;
    view &operator=(view &&other) noexcept
    {
        if (this != &other) {
            mmv_view_close(&view_);
            view_ = std::exchange(other.view_, mmv_view{});
        }
        return *this;
    }
    ~view()
    {
        mmv_view_close(&view_);
    }

    const mmv_view *native() const noexcept
    {
        return &view_;
    }
    std::size_t size() const noexcept
    {
        return view_.length;
    }
    std::uint64_t offset() const noexcept
    {
        return view_.offset;
    }

    /**
     * The whole view as records. The span is valid as long as the view. A T that is not const allows stores into the
     * records, so a read-only view refuses such a T (MMV_EACCES).
     */
    template <record T> std::span<T> as() const
    {
        return span<T>(0, view_.length / sizeof(T), view_.length % sizeof(T) == 0);
    }

    /**
     * 'count' records, the first of which begins at this position in bytes. MMV_ERANGE when a record lies outside of
     * the view, MMV_EINVAL(position) when the records would not be aligned.
     */
    template <record T> std::span<T> as(std::uint64_t position, std::size_t count) const
    {
        return span<T>(position, count, true);
    }

    std::span<const std::byte> bytes() const
    {
        return as<const std::byte>();
    }

    /**
     * One value at any position, aligned or not. A bool, also in a std::array, is read as by mmv_view_read_bool(): each
     * byte but 0 is true. This call does not know the bools within a struct: in the file they must be 0 or 1.
     */
    template <record T> T read(std::uint64_t position) const
    {
        std::array<std::byte, sizeof(T)> bytes;
        detail::check(mmv_view_read_struct(&view_, position, bytes.data(), sizeof(T)));
        if constexpr (detail::is_bool<T>::value)
            for (std::byte &byte : bytes)
                byte = std::byte{byte != std::byte{0}};
        return std::bit_cast<T>(bytes);
    }
    template <record T> void write(std::uint64_t position, const T &value)
    {
        detail::check(mmv_view_write_struct(&view_, position, &value, sizeof value));
    }

    void flush(mmv_flush how = MMV_FLUSH_DURABLE) const
    {
        detail::check(mmv_view_flush(&view_, 0, 0, how));
    }
    void advise(mmv_advice advice) const
    {
        detail::check(mmv_view_advise(&view_, advice));
    }
    void grow(std::uint64_t length = 0)
    {
        detail::check(mmv_view_grow(&view_, length));
    }

    /** Throws when the guard has caught a bad access in this view. */
    void check() const
    {
        detail::check(mmv_view_check(&view_));
    }
    result<void> try_check() const
    {
        return detail::result_of(mmv_view_check(&view_));
    }

    void retire()
    {
        detail::check(mmv_view_retire(&view_));
    }
    void close() noexcept
    {
        mmv_view_close(&view_);
    }
    void close(mmv_flush how)
    {
        detail::check(mmv_view_close_flushing(&view_, how));
    }

  private:
    template <class T> std::span<T> span(std::uint64_t position, std::size_t count, bool whole) const
    {
        detail::check_spanned<T>();
        if (view_.map_ == nullptr)
            detail::refuse(MMV_ECLOSED, "view", nullptr);
        if (!std::is_const_v<T> && view_.length > 0 && view_.writable_ == 0)
            detail::refuse(MMV_EACCES, "view", nullptr);
        if (!whole || count > view_.length / sizeof(T))
            detail::refuse(MMV_ERANGE, "view", "length");
        void *data = mmv_view_span(&view_, position, count * sizeof(T));
        if (data == nullptr)
            detail::refuse(MMV_ERANGE, "view", "position");
        if (count > 0 && reinterpret_cast<std::uintptr_t>(data) % alignof(T) != 0)
            detail::refuse(MMV_EINVAL, "view", "position");
        return count > 0 ? std::span<T>(static_cast<T *>(data), count) : std::span<T>();
    }

    mmv_view view_;
};

namespace detail
{

/** The calls of an mmv_map, also of one that somebody else closes. */
template <class Self> class map_calls
{
  public:
    std::uint64_t capacity() const noexcept
    {
        return mmv_map_capacity(handle());
    }
    mmv_access access() const noexcept
    {
        return mmv_map_access(handle());
    }
    std::string path() const
    {
        return mmv_map_path(handle());
    }

    void grow(std::uint64_t capacity)
    {
        detail::check(mmv_map_grow(handle(), capacity));
    }
    void shrink(std::uint64_t capacity)
    {
        detail::check(mmv_map_shrink(handle(), capacity));
    }
    void refresh()
    {
        detail::check(mmv_map_refresh(handle()));
    }
    void sync()
    {
        detail::check(mmv_map_sync(handle()));
    }
    void share(const std::string &name)
    {
        detail::check(mmv_map_share(handle(), name.c_str(), nullptr));
    }
    void lock(std::uint64_t offset = 0, std::uint64_t length = 0, unsigned wait_ms = 0)
    {
        detail::check(mmv_map_lock(handle(), offset, length, wait_ms));
    }

    /** Length 0 means up to the end; access 0 means the map's access. */
    result<mmview::view> try_view(std::uint64_t offset = 0, std::uint64_t length = 0, mmv_access access = 0) const
    {
        mmv_view made{};
        mmv_view_options options{};
        options.access = access;
        mmv_status status = mmv_view_open_with(handle(), offset, length, &options, &made);
        if (status != MMV_OK)
            return detail::failure_of(status);
        return mmview::view(made);
    }
    mmview::view view(std::uint64_t offset = 0, std::uint64_t length = 0, mmv_access access = 0) const
    {
        return try_view(offset, length, access).value();
    }

  private:
    mmv_map *handle() const noexcept
    {
        return static_cast<const Self &>(*this).native();
    }
};

} // namespace detail

/** An mmv_map: an open file, or memory. */
class map : public detail::owner<mmv_map, mmv_map_close>, public detail::map_calls<map>
{
  public:
    using owner::owner;

    static result<map> try_open(const char *path, mmv_access access = MMV_READ, const mmv_map_options &options = {})
    {
        mmv_map *handle = nullptr;
        mmv_status status = mmv_map_open_with(path, access, &options, &handle);
        return detail::made<map>(status, handle);
    }
    static map open(const std::string &path, mmv_access access = MMV_READ, const mmv_map_options &options = {})
    {
        return try_open(path.c_str(), access, options).value();
    }

    static result<map> try_named(const char *name, mmv_access access, const mmv_shared_options &options = {})
    {
        mmv_map *handle = nullptr;
        mmv_status status = mmv_map_open_named(name, access, &options, &handle);
        return detail::made<map>(status, handle);
    }
    static map named(const std::string &name, mmv_access access = MMV_READ_WRITE,
                     const mmv_shared_options &options = {})
    {
        return try_named(name.c_str(), access, options).value();
    }

    static result<map> try_memory(std::uint64_t capacity)
    {
        mmv_map *handle = nullptr;
        mmv_status status = mmv_map_create_unnamed(capacity, MMV_READ_WRITE, nullptr, &handle);
        return detail::made<map>(status, handle);
    }
    static map memory(std::uint64_t capacity)
    {
        return try_memory(capacity).value();
    }

    static result<map> try_descriptor(int descriptor, bool own, mmv_access access, std::uint64_t capacity = 0)
    {
        mmv_map *handle = nullptr;
        mmv_status status = mmv_map_from_descriptor(descriptor, own, access, capacity, &handle);
        return detail::made<map>(status, handle);
    }
    static map descriptor(int descriptor, bool own, mmv_access access, std::uint64_t capacity = 0)
    {
        return try_descriptor(descriptor, own, access, capacity).value();
    }
};

/** An mmv_map that somebody else closes. It must stay open until the last use of this object. */
class map_ref : public detail::map_calls<map_ref>
{
  public:
    explicit map_ref(mmv_map *handle) noexcept : handle_(handle)
    {
    }

    mmv_map *native() const noexcept
    {
        return handle_;
    }

  private:
    mmv_map *handle_;
};

/** A map that a walk can read: a map, const or not, or a map_ref. */
template <class Map>
concept readable_map =
    std::derived_from<std::remove_cvref_t<Map>, map> || std::same_as<std::remove_cvref_t<Map>, map_ref>;

/** A map that a walk can store into: a map that is not const, or a map_ref. */
template <class Map>
concept writable_map = readable_map<Map> &&
    (!std::is_const_v<std::remove_reference_t<Map>> || std::same_as<std::remove_cvref_t<Map>, map_ref>);

/**
 * While a guard exists, an access to a file that has become shorter, or whose disk is full, gives a status and raises
 * no signal (guard.h). Declare the guard before other objects, so that it is destroyed after them: closing an object
 * can access bytes of a file that was cut short.
 */
class guard
{
  public:
    guard()
    {
        detail::check(mmv_guard_enable());
    }
    guard(const guard &) = delete;
    guard &operator=(const guard &) = delete;
    ~guard()
    {
        mmv_guard_disable();
    }
};

// ---- walks ----------------------------------------------------------------------------------------------------------

/** An mmv_journal: walks in place that may be killed at any moment. Running them again finishes them. */
class journal : public detail::owner<mmv_journal, mmv_journal_close>
{
  public:
    using owner::owner;

    static journal open(const std::string &path, const mmv_journal_options &options)
    {
        mmv_journal *handle = nullptr;
        mmv_status status = mmv_journal_open(path.c_str(), &options, &handle);
        return detail::made<journal>(status, handle).value();
    }

    void end(mmv_journal_ending how)
    {
        detail::check(mmv_journal_end(native(), how));
    }
};

namespace detail
{

#if defined(__cpp_exceptions)
/** Keeps the first exception of a walk until the walk ends, because exceptions must not pass through C. */
class catcher
{
  public:
    template <class Call> mmv_status run(Call &&call) noexcept
    {
        try {
            return call();
        } catch (...) {
            if (!taken_.exchange(true))
                caught_ = std::current_exception();
            return mmv_error_set(MMV_ESTOPPED, 0, "walk");
        }
    }

    /** Call this after the walk, in the thread that began it. */
    void finish(mmv_status status)
    {
        if (caught_)
            std::rethrow_exception(caught_);
        check(status);
    }

  private:
    std::atomic<bool> taken_{false};
    std::exception_ptr caught_{};
};
#else
class catcher
{
  public:
    template <class Call> mmv_status run(Call &&call) noexcept
    {
        return call();
    }
    void finish(mmv_status status)
    {
        check(status);
    }
};
#endif

/** Calls a function that returns nothing, or a bool (whether to go on), or a status. */
template <class Function, class... Arguments> mmv_status call(Function &function, Arguments &&...arguments)
{
    using returned = std::invoke_result_t<Function &, Arguments...>;
    if constexpr (std::is_void_v<returned>) {
        std::invoke(function, std::forward<Arguments>(arguments)...);
        return MMV_OK;
    } else if constexpr (std::is_same_v<returned, bool>) {
        bool goes_on = std::invoke(function, std::forward<Arguments>(arguments)...);
        return goes_on ? MMV_OK : mmv_error_set(MMV_ESTOPPED, 0, "walk");
    } else {
        static_assert(std::is_same_v<returned, mmv_status>, "a walk's function returns void, bool or mmv_status");
        return std::invoke(function, std::forward<Arguments>(arguments)...);
    }
}

/** Calls a function with its spans. A function that takes a chunk, too, can see where its records are. */
template <class Function, class... Spans>
mmv_status call_with(Function &function, const mmv_chunk &chunk, Spans... spans)
{
    if constexpr (std::is_invocable_v<Function &, Spans..., const mmv_chunk &>)
        return call(function, spans..., chunk);
    else
        return call(function, spans...);
}

template <class T> bool is_crooked(const void *data)
{
    return reinterpret_cast<std::uintptr_t>(data) % alignof(T) != 0;
}

/** Options for spans of T, whose records must be aligned and have no gaps. */
template <class T> mmv_walk_options options_for(const mmv_walk_options &wanted)
{
    check_spanned<T>();
    mmv_walk_options options = wanted;
    if (options.stride != 0 && options.stride != sizeof(T))
        refuse(MMV_EINVAL, "walk", "stride");
    if (options.record_size != 0 && options.record_size != sizeof(T))
        refuse(MMV_EINVAL, "walk", "record_size");
    // The walk chooses whether to map or to read the bytes. So their address is not known: only the offset is checked.
    if (options.offset % alignof(T) != 0)
        refuse(MMV_EINVAL, "walk", "offset");
    options.record_size = sizeof(T);
    return options;
}

template <class T, class Function> struct in_place {
    Function &function;
    catcher &caught;

    static mmv_status run(const mmv_chunk *chunk, void *user) noexcept
    {
        const in_place &self = *static_cast<in_place *>(user);
        if (is_crooked<T>(chunk->data))
            return mmv_error_set_parameter(MMV_EINVAL, "walk", "offset");
        return self.caught.run([&] {
            return call_with(self.function, *chunk, std::span<T>(static_cast<T *>(chunk->data), chunk->count));
        });
    }
};

template <class In, class Out, class Function> struct between {
    Function &function;
    catcher &caught;

    static mmv_status run(const mmv_chunk *chunk, void *user) noexcept
    {
        const between &self = *static_cast<between *>(user);
        if (is_crooked<In>(chunk->source) || is_crooked<Out>(chunk->data))
            return mmv_error_set_parameter(MMV_EINVAL, "walk", "offset");
        return self.caught.run([&] {
            return call_with(self.function, *chunk,
                             std::span<const In>(static_cast<const In *>(chunk->source), chunk->count),
                             std::span<Out>(static_cast<Out *>(chunk->data), chunk->count));
        });
    }
};

} // namespace detail

/**
 * mmv_walk() over records of type T, in place. With a const T the walk only reads. A read-only map needs a const T
 * (else MMV_EACCES). The function takes a std::span<T>, and may take a const mmv_chunk & after it. Several threads call
 * it at once. The function returns nothing, or a bool (false ends the walk with MMV_ESTOPPED), or an mmv_status. An
 * exception of the function ends the walk. The first exception is thrown again in the calling thread, when the other
 * threads have finished their chunks.
 *
 * Do not end a thread of a walk by pthread_exit() or pthread_cancel(). The GNU C library ends a thread by a kind of
 * exception. This header catches that exception, since no exception may pass through C. The GNU C library then aborts
 * the program ("exception not rethrown"). With any C library, the thread that called walk() must not end before the
 * other threads, because they use data on its stack.
 */
template <record T, readable_map Map, class Function>
requires std::is_const_v<T> || writable_map<Map>
void walk(Map &&over, Function &&function, const mmv_walk_options &options = {})
{
    using callable = std::remove_reference_t<Function>;
    detail::catcher caught;
    detail::in_place<T, callable> self{function, caught};
    const mmv_walk_options chosen = detail::options_for<T>(options);
    if (!std::is_const_v<T> && (over.access() & ~MMV_EXECUTE) == MMV_READ)
        detail::refuse(MMV_EACCES, "walk", nullptr);
    caught.finish(mmv_walk(over.native(), &chosen, detail::in_place<T, callable>::run, &self));
}

/** mmv_walk_to(): the function takes a std::span<const In>, and fills a std::span<Out> with as many records. */
template <record In, record Out, readable_map InMap, writable_map OutMap, class Function>
void walk_to(InMap &&in, OutMap &&out, Function &&function, const mmv_walk_options &options = {})
{
    detail::check_spanned<Out>();
    using callable = std::remove_reference_t<Function>;
    detail::catcher caught;
    detail::between<In, Out, callable> self{function, caught};
    mmv_walk_options chosen = detail::options_for<In>(options);
    if (chosen.out_offset % alignof(Out) != 0)
        detail::refuse(MMV_EINVAL, "walk", "out_offset");
    chosen.out_record_size = sizeof(Out);
    caught.finish(mmv_walk_to(in.native(), out.native(), &chosen, detail::between<In, Out, callable>::run, &self));
}

namespace detail
{

/** Partials have the alignment of malloc(). A Value that needs a larger alignment is copied out of its partial. */
template <class Value> using lying = std::conditional_t<(alignof(Value) > alignof(std::max_align_t)), Value, Value &>;

template <class Value, class Bytes> lying<Value> lying_at(Bytes *partial)
{
    if constexpr (std::is_reference_v<lying<Value>>) {
        return *static_cast<Value *>(partial);
    } else {
        std::array<std::byte, sizeof(Value)> bytes;
        std::memcpy(bytes.data(), partial, sizeof(Value));
        return std::bit_cast<Value>(bytes);
    }
}

template <class T, class Value, class Fold, class Merge> struct reducer {
    Fold &fold;
    Merge &merge;
    catcher caught{};

    static mmv_status run_fold(const mmv_chunk *block, void *partial, void *user) noexcept
    {
        reducer &self = *static_cast<reducer *>(user);
        if (is_crooked<T>(block->source))
            return mmv_error_set_parameter(MMV_EINVAL, "walk", "offset");
        return self.caught.run([&] {
            lying<Value> value = lying_at<Value>(partial);
            const std::span<const T> records(static_cast<const T *>(block->source), block->count);
            const Value folded = std::invoke(self.fold, value, records);
            std::memcpy(partial, &folded, sizeof folded);
            return MMV_OK;
        });
    }

    static mmv_status run_merge(void *left, const void *right, void *user) noexcept
    {
        reducer &self = *static_cast<reducer *>(user);
        return self.caught.run([&] {
            lying<Value> value = lying_at<Value>(left);
            lying<const Value> other = lying_at<const Value>(right);
            const Value merged = std::invoke(self.merge, value, other);
            std::memcpy(left, &merged, sizeof merged);
            return MMV_OK;
        });
    }
};

} // namespace detail

/**
 * mmv_reduce(): fold(Value, std::span<const T>) adds the records of a block to a value, merge(Value, Value) joins the
 * values of two neighbouring blocks. The result is the same to the last bit for any number of threads.
 */
template <record T, record Value, readable_map Map, class Fold, class Merge>
Value reduce(Map &&over, const Value &initial, Fold &&fold, Merge &&merge, const mmv_walk_options &options = {})
{
    detail::reducer<T, Value, std::remove_reference_t<Fold>, std::remove_reference_t<Merge>> self{fold, merge};
    const mmv_walk_options chosen = detail::options_for<T>(options);
    mmv_reduction reduction{};
    reduction.partial_size = sizeof(Value);
    reduction.initial = &initial;
    reduction.fold = self.run_fold;
    reduction.merge = self.run_merge;
    reduction.user = &self;
    Value value = initial;
    mmv_status status = mmv_reduce(over.native(), &chosen, &reduction, &value);
    self.caught.finish(status);
    return value;
}

/** An mmv_output: a new file that appears whole, when it is published, or not at all. */
class output : public detail::owner<mmv_output, mmv_output_close>
{
  public:
    using owner::owner;

    static output create(const std::string &path, const mmv_output_options &options = {})
    {
        mmv_output *handle = nullptr;
        mmv_status status = mmv_output_create(path.c_str(), &options, &handle);
        return detail::made<output>(status, handle).value();
    }

    /** The map to write into, for walk_to() and views. The output closes this map. */
    map_ref into() const noexcept
    {
        return map_ref(mmv_output_map(native()));
    }
    void publish()
    {
        detail::check(mmv_output_publish(native()));
    }
};

// ---- what processes share -------------------------------------------------------------------------------------------

namespace detail
{

/** The holder of a mutex, as one handle knows it. Only the holder changes this object, so the mutex protects it. */
class holding
{
  public:
    holding() = default;
    holding(holding &&other) noexcept
        : holder_(other.holder_.load()), depth_(other.depth_), abandoned_(other.abandoned_.load())
    {
    }
    holding &operator=(holding &&other) noexcept
    {
        holder_ = other.holder_.load();
        depth_ = other.depth_;
        abandoned_ = other.abandoned_.load();
        return *this;
    }

    /** A second lock by the holder does not change was_abandoned(). */
    void begin(bool abandoned) noexcept
    {
        if (!abandoned && is_mine()) {
            depth_++;
            return;
        }
        holder_ = std::this_thread::get_id();
        depth_ = 1;
        abandoned_ = abandoned;
    }
    /** Call this before the mutex is unlocked: afterwards this object belongs to the next holder. */
    void end() noexcept
    {
        if (is_mine() && --depth_ == 0)
            holder_ = std::thread::id{};
    }
    bool was_abandoned() const noexcept
    {
        return abandoned_;
    }

  private:
    bool is_mine() const noexcept
    {
        return holder_.load() == std::this_thread::get_id();
    }

    std::atomic<std::thread::id> holder_{};
    unsigned depth_{0};
    std::atomic<bool> abandoned_{false};
};

} // namespace detail

/** An mmv_mutex with the calls of std::timed_mutex, for std::lock_guard, std::unique_lock and std::scoped_lock. */
class mutex : public detail::owner<mmv_mutex, mmv_mutex_close>
{
  public:
    using owner::owner;

    static mutex open(const std::string &name, const mmv_shared_options &options = {})
    {
        mmv_mutex *handle = nullptr;
        mmv_status status = mmv_mutex_open(name.c_str(), &options, &handle);
        return detail::made<mutex>(status, handle).value();
    }

    /** A new mutex is held by the calling thread from the beginning. options.created_ret tells whether it is new. */
    static mutex open_owned(const std::string &name, const mmv_shared_options &options)
    {
        mmv_mutex *handle = nullptr;
        mmv_status status = mmv_mutex_open_owned(name.c_str(), &options, &handle);
        return detail::made<mutex>(status, handle).value();
    }

    /**
     * Returns true when the last holder died while it held the mutex: protected data may then be half changed. The
     * mutex is locked in both cases.
     */
    bool lock()
    {
        const mmv_status status = begin(MMV_FOREVER);
        if (status != MMV_EABANDONED)
            detail::check(status);
        return status == MMV_EABANDONED;
    }
    bool try_lock()
    {
        return locks_in(0);
    }
    template <class Rep, class Period> bool try_lock_for(const std::chrono::duration<Rep, Period> &time)
    {
        return detail::wait_for(detail::milliseconds(time), [this](std::uint32_t ms) { return locks_in(ms); });
    }
    template <class Clock, class Duration> bool try_lock_until(const std::chrono::time_point<Clock, Duration> &end)
    {
        return detail::wait_until(end, [this](std::uint32_t ms) { return locks_in(ms); });
    }

    /**
     * Tells the holder whether the last holder died while it held the mutex. It does not matter which call locked the
     * mutex. The answer stays until this handle locks the mutex anew. A second lock by the holder does not change it.
     */
    bool was_abandoned() const noexcept
    {
        return holding_.was_abandoned();
    }

    /**
     * Throws nothing, because destructors call it. mmv_last_error() has the failure, and try_unlock() returns it. The
     * call fails when the thread does not hold the mutex, or another program cut the object short.
     */
    void unlock() noexcept
    {
        (void)try_unlock();
    }
    result<void> try_unlock() noexcept
    {
        holding_.end();
        return detail::result_of(mmv_mutex_unlock(native()));
    }

  private:
    mmv_status begin(std::uint32_t wait_ms) noexcept
    {
        const mmv_status status = mmv_mutex_lock(native(), wait_ms);
        if (status == MMV_OK || status == MMV_EABANDONED)
            holding_.begin(status == MMV_EABANDONED);
        return status;
    }
    bool locks_in(std::uint32_t wait_ms)
    {
        const mmv_status status = begin(wait_ms);
        return status == MMV_EABANDONED || detail::in_time(status);
    }

    detail::holding holding_{};
};

class event : public detail::owner<mmv_event, mmv_event_close>
{
  public:
    using owner::owner;

    /** 'manual' and 'set' apply to a new event only. */
    static event open(const std::string &name, bool manual, bool set, const mmv_shared_options &options = {})
    {
        mmv_event *handle = nullptr;
        mmv_status status = mmv_event_open(name.c_str(), manual, set, &options, &handle);
        return detail::made<event>(status, handle).value();
    }

    void set()
    {
        detail::check(mmv_event_set(native()));
    }
    void reset()
    {
        detail::check(mmv_event_reset(native()));
    }
    void wait()
    {
        detail::check(mmv_event_wait(native(), MMV_FOREVER));
    }
    template <class Rep, class Period> bool wait_for(const std::chrono::duration<Rep, Period> &time)
    {
        return detail::wait_for(detail::milliseconds(time), [this](std::uint32_t ms) { return comes_in(ms); });
    }
    template <class Clock, class Duration> bool wait_until(const std::chrono::time_point<Clock, Duration> &end)
    {
        return detail::wait_until(end, [this](std::uint32_t ms) { return comes_in(ms); });
    }

  private:
    bool comes_in(std::uint32_t wait_ms)
    {
        return detail::in_time(mmv_event_wait(native(), wait_ms));
    }
};

/** An mmv_semaphore with the calls of std::counting_semaphore. */
class semaphore : public detail::owner<mmv_semaphore, mmv_semaphore_close>
{
  public:
    using owner::owner;

    /** The first count 'count' and the limit 'most' apply to a new semaphore only. */
    static semaphore open(const std::string &name, std::uint32_t count, std::uint32_t most,
                          const mmv_shared_options &options = {})
    {
        mmv_semaphore *handle = nullptr;
        mmv_status status = mmv_semaphore_open(name.c_str(), count, most, &options, &handle);
        return detail::made<semaphore>(status, handle).value();
    }

    void acquire()
    {
        detail::check(mmv_semaphore_acquire(native(), MMV_FOREVER));
    }
    bool try_acquire()
    {
        return acquires_in(0);
    }
    template <class Rep, class Period> bool try_acquire_for(const std::chrono::duration<Rep, Period> &time)
    {
        return detail::wait_for(detail::milliseconds(time), [this](std::uint32_t ms) { return acquires_in(ms); });
    }
    template <class Clock, class Duration> bool try_acquire_until(const std::chrono::time_point<Clock, Duration> &end)
    {
        return detail::wait_until(end, [this](std::uint32_t ms) { return acquires_in(ms); });
    }
    void release(std::uint32_t count = 1)
    {
        detail::check(mmv_semaphore_release(native(), count, nullptr));
    }

  private:
    bool acquires_in(std::uint32_t wait_ms)
    {
        return detail::in_time(mmv_semaphore_acquire(native(), wait_ms));
    }
};

/** An mmv_channel: messages between processes. */
class channel : public detail::owner<mmv_channel, mmv_channel_close>
{
  public:
    using owner::owner;

    static channel open(const std::string &name, mmv_channel_side side, const mmv_shared_options &options = {})
    {
        mmv_channel *handle = nullptr;
        mmv_status status = mmv_channel_open(name.c_str(), side, &options, &handle);
        return detail::made<channel>(status, handle).value();
    }

    /** MMV_FOREVER waits without end. False = the time was up. */
    bool send(std::span<const std::byte> message, std::uint32_t wait_ms = MMV_FOREVER)
    {
        return detail::in_time(mmv_channel_send(native(), message.data(), message.size(), wait_ms));
    }

    /**
     * Calls the function with the next message, which lies in the ring meanwhile. Takes the message out when the
     * function returns. False = the time was up. When the function throws, the message stays in the channel.
     */
    template <class Function> bool receive(Function &&function, std::uint32_t wait_ms = MMV_FOREVER)
    {
        const void *data = nullptr;
        std::size_t length = 0;
        if (!detail::in_time(mmv_channel_peek(native(), &data, &length, wait_ms)))
            return false;
        std::invoke(function, std::span<const std::byte>(static_cast<const std::byte *>(data), length));
        detail::check(mmv_channel_skip(native()));
        return true;
    }

    bool has_peer() const
    {
        return mmv_channel_has_peer(native());
    }
};

} // namespace mmview

#endif
